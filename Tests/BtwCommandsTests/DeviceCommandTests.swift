import BtwCommands
import Causality
import Testing

/// `btw device` and `btw recovery` as typed.
@Suite struct DeviceCommandTests {
    @Test func devicesAreListedAddedAndRemoved() throws {
        func request(_ arguments: String...) throws -> DeviceCommand.Request {
            try Typing.command(DeviceCommand.self, ["device"] + arguments).request
        }
        #expect(try request() == .list)
        #expect(try request("add") == .add(trusts: false))
        #expect(try request("add", "--trust") == .add(trusts: true))
        #expect(try request("remove", "7k2") == .remove(DevicePrefix(parsing: "7k2"), withAdded: false))
        #expect(
            try request("remove", "7k2", "--with-added") == .remove(DevicePrefix(parsing: "7k2"), withAdded: true))
        _ = try Typing.command(RecoveryCommand.self, "recovery", "new")
        for (request, accepts) in [
            (try Typing.command(RecoverCommand.self, "recover", "a", "b"), false),
            (try Typing.command(RecoverCommand.self, "recover", "a", "b", "--unbound"), true),
        ] {
            #expect(request.words == ["a", "b"] && request.acceptsUnbound == accepts)
        }
    }

    @Test func anIDIsReadFromThreeCharactersOnInAnyCaseAndSpelling() throws {
        let id = try #require(DeviceID("0123abcd000000000000000000"))
        for typed in ["012", "O12", "0i23", "0L23ABCD", "０１２", "٠١٢", id.description] {
            #expect(try DevicePrefix(parsing: typed).matches(id), "\(typed)")
        }
        for typed in ["013", "n012", "0123abcd0000000000000000000"] {
            #expect(try !DevicePrefix(parsing: typed).matches(id), "\(typed)")
        }
        #expect(throws: Failure.self) { try DevicePrefix(parsing: "01") }
    }

    @Test func anIDIsShownAsFarAsItTellsADeviceFromTheOthers() throws {
        let ids = try ["0123abcd", "0123abce", "7k200000"].map {
            try #require(DeviceID($0 + String(repeating: "0", count: 18)))
        }
        #expect(ids.map { DevicePrefix.shortest(of: $0, among: ids) } == ["0123abcd", "0123abce", "7k2"])
        #expect(DevicePrefix.shortest(of: ids[0], among: [ids[0]]) == "012")
    }
}
