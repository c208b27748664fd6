import Foundation
import Testing

/// The diary of Samuel Pepys, ten years of it, where it is.
@Suite(.enabled(if: Machine.pepys != nil, "needs ../shared/data/pepys.jrnl.json beside the repository"))
struct PepysTests {
    static let count = 3_413

    let path: String

    init() throws { path = try #require(Machine.pepys) }

    @Test func comesInOnceGoesOutAsTheSameBytesAndIsTakenBackInOneStep() throws {
        let desk = try Desk()
        let dry = try desk.does("import", "jrnl", path, "--dry-run", "--json")
        #expect(dry.out == KillTests.counts(new: Self.count, same: 0))
        #expect(!FileManager.default.fileExists(atPath: desk.home))
        let first = try desk.does("import", "jrnl", path, "--json")
        #expect(first.out == KillTests.counts(new: Self.count, same: 0))
        let exported = try desk.export()
        let second = try desk.does("import", "jrnl", path, "--json")
        #expect(second.out == KillTests.counts(new: 0, same: Self.count))
        #expect(try desk.export() == exported)

        let other = desk.at("other")
        try other.does("import", "jsonl", try desk.file("pepys.jsonl", exported))
        #expect(try other.export() == exported, "an export is read back as the same bytes")

        let found = try desk.does("find", "Gunning", "--json").entries()
        #expect(!found.isEmpty && found.allSatisfy { $0.body?.lowercased().contains("gunning") == true })
        let status = try desk.makes("status")
        #expect(status.integer("entries") == Self.count)

        try desk.does("undo")
        let empty = try desk.btw("list")
        #expect(empty == Ran(exit: 1, output: [], talk: []))
        #expect(try desk.btw("find", "Gunning").exit == 1)
        #expect(try desk.btw("list", "--trash").lines.count == Self.count)
        try desk.isSound()
        let again = try desk.does("import", "jrnl", path, "--json")
        #expect(again.out == KillTests.counts(new: 0, same: 0, updated: Self.count))
        #expect(try desk.btw("list").lines.count == Self.count)
    }

    @Test(arguments: ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"])
    func theFirstDayIsTheSameInEveryZone(_ zone: String) throws {
        let desk = try Desk().with(["TZ": zone])
        try desk.does("import", "jrnl", path)
        let days = try desk.does("list", "--json").entries().compactMap { $0["at"]?.prefix(10) }
        #expect(days.last == "1660-01-11")
        #expect(Set(days).count == 3_410)
        #expect(try desk.does("list", "--to", "1660-01-11").lines.count == 1)
        #expect(try desk.btw("list", "--to", "1660-01-10").exit == 1)
    }
}
