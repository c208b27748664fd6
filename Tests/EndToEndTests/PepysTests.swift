import Foundation
import Testing

/// The diary of Samuel Pepys, ten years of it, if it is there.
@Suite(.enabled(if: Machine.pepys != nil, "needs the diary that Machine.pepys names"))
struct PepysTests {
    static let count = 3_413

    let path: String

    init() throws { path = try #require(Machine.pepys) }

    @Test func comesInOnceGoesOutAsTheSameBytesAndIsTakenBackInOneStep() throws {
        let fixture = try Fixture()
        let dry = try fixture.does("import", "jrnl", path, "--dry-run", "--json")
        #expect(dry.out == KillTests.counts(new: Self.count, same: 0))
        #expect(!FileManager.default.fileExists(atPath: fixture.home))
        let first = try fixture.does("import", "jrnl", path, "--json")
        #expect(first.out == KillTests.counts(new: Self.count, same: 0))
        let exported = try fixture.export()
        let second = try fixture.does("import", "jrnl", path, "--json")
        #expect(second.out == KillTests.counts(new: 0, same: Self.count))
        #expect(try fixture.export() == exported)

        let other = fixture.at("other")
        try other.does("import", "jsonl", try fixture.file("pepys.jsonl", exported))
        #expect(try other.export() == exported, "an export is read back as the same bytes")

        let found = try fixture.does("find", "Gunning", "--json").entries()
        #expect(!found.isEmpty && found.allSatisfy { $0.body?.lowercased().contains("gunning") == true })
        let status = try fixture.makes("status")
        #expect(status.integer("entries") == Self.count)

        try fixture.does("undo")
        let empty = try fixture.btw("list")
        #expect(empty == Ran(exit: 1, output: [], talk: []))
        #expect(try fixture.btw("find", "Gunning").exit == 1)
        #expect(try fixture.btw("list", "--trash").lines.count == Self.count)
        try fixture.isSound()
        let again = try fixture.does("import", "jrnl", path, "--json")
        #expect(again.out == KillTests.counts(new: 0, same: 0, updated: Self.count))
        #expect(try fixture.btw("list").lines.count == Self.count)
    }

    @Test(arguments: ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"])
    func theFirstDayIsTheSameInEveryZone(_ zone: String) throws {
        let fixture = try Fixture().with(["TZ": zone])
        try fixture.does("import", "jrnl", path)
        let days = try fixture.does("list", "--json").entries().compactMap { $0["at"]?.prefix(10) }
        #expect(days.last == "1660-01-11")
        #expect(Set(days).count == 3_410)
        #expect(try fixture.does("list", "--to", "1660-01-11").lines.count == 1)
        #expect(try fixture.btw("list", "--to", "1660-01-10").exit == 1)
    }

    /// Ten years on two devices: a hundred concurrent edits all stay, and a forgotten entry is nowhere.
    @Test func twoDevicesThatEditTheSameFiftyEntriesKeepAllHundredEditsAndForgetWhatOneForgot() throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        try laptop.does("import", "jrnl", path)
        try laptop.connect()
        let phone = try laptop.joined(by: "phone")
        let before = try Fixture.areEqual(laptop, phone).split(separator: "\n").map { try Printed($0) }
        #expect(before.count == Self.count)

        // Long enough that some sentences of a forgotten one, which no other entry contains, can be searched for.
        let long = before.filter { Self.hasFirstMiddleAndLast($0.body ?? "") }
        let (fifty, forgotten) = (long.prefix(50), try #require(long.dropFirst(50).first))
        #expect(fifty.count == 50)
        let others = before.filter { $0.id != forgotten.id }.compactMap(\.body).joined(separator: "\n")
        let traces = (forgotten.body ?? "").split(separator: ". ").map(String.init).filter {
            $0.utf8.count > 20 && !others.contains($0)
        }
        #expect(traces.count >= 3)
        for fixture in [laptop, phone] { #expect(try traces.contains { try fixture.homeFiles(holding: $0) != [] }) }

        for (number, entry) in fifty.enumerated() {
            let sentences = try #require(entry.body).split(separator: ". ", omittingEmptySubsequences: false)
            let first = ["Number \(number) was rewritten on the laptop"] + sentences.dropFirst()
            let last = sentences.dropLast() + ["Number \(number) was rewritten on the phone."]
            try laptop.does("edit", entry.id, "--set", "body=" + first.joined(separator: ". "))
            try phone.does("edit", entry.id, "--set", "body=" + last.joined(separator: ". "))
        }
        try laptop.does("forget", forgotten.id, "--yes")
        try phone.does("edit", forgotten.id, "--set", "body=canary-kept. " + (forgotten.body ?? ""))
        for fixture in [laptop, phone, laptop] { _ = try fixture.sync() }
        for fixture in [laptop, phone] { try fixture.getsUpToDate() }

        let after = try Fixture.areEqual(laptop, phone).split(separator: "\n").map { try Printed($0) }
        let bodies = Dictionary(uniqueKeysWithValues: after.map { ($0.id, $0.body) })
        #expect(after.count == Self.count - 1 && bodies[forgotten.id] == nil)
        for (number, entry) in fifty.enumerated() {
            let middle = try #require(entry.body).split(separator: ". ", omittingEmptySubsequences: false)
            let both =
                ["Number \(number) was rewritten on the laptop"] + middle.dropFirst().dropLast()
                + ["Number \(number) was rewritten on the phone."]
            #expect(bodies[entry.id] == both.joined(separator: ". "))
        }
        #expect(daemon.stop().exit == 0)
        for trace in traces + ["canary-kept"] {
            for fixture in [laptop, phone] { #expect(try fixture.homeFiles(holding: trace) == []) }
            #expect(try laptop.files(of: "server", holding: [UInt8](trace.utf8)) == [])
        }
        for fixture in [laptop, phone] { try fixture.isSound() }
    }

    /// Whether the texts before the first ". " and after the last are separate sentences with others between them: a
    /// stop after "Mr" or "17th" ends none, and rewriting one half of a sentence affects the other half.
    private static func hasFirstMiddleAndLast(_ body: String) -> Bool {
        let pieces = body.components(separatedBy: ". ")
        return pieces.count >= 5
            && [pieces[0], pieces[pieces.count - 2]].allSatisfy { piece in
                let word = piece.split(whereSeparator: \.isWhitespace).last ?? ""
                return word.count > 4 && word.allSatisfy(\.isLetter) && word.first?.isLowercase == true
            }
    }
}
