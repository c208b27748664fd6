import BtwCommands
import Causality
import Testing

/// `btw device` and `btw recovery`, as they are typed.
@Suite struct DeviceCommandTests {
    @Test func devicesAreListedAddedAndRemoved() throws {
        #expect(try Typing.command("device") == .device(.list))
        #expect(try Typing.command("device", "add") == .device(.add(trusts: false)))
        #expect(try Typing.command("device", "add", "--trust") == .device(.add(trusts: true)))
        #expect(try Typing.command("device", "remove", "7k2") == .device(.remove(DevicePrefix(parsing: "7k2"))))
        #expect(try Typing.command("recovery", "new") == .newRecoveryKey)
        for (command, accepts) in [
            (try Typing.command("recover", "a", "b"), false),
            (try Typing.command("recover", "a", "b", "--unbound"), true),
        ] {
            guard case .recover(let request) = command else { return #expect(Bool(false)) }
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
