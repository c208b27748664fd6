import Between
import CanonicalJSON
import Causality
import Foundation
import Records
import Synchronization
import TestSupport
import Testing

/// `kill -9` of the real binary at every call that changes a file.
@Suite(.enabled(if: KillShim.path != nil, "needs Linux and a C compiler, to end btw at a write of our choice"))
struct KillTests {
    /// More calls than any command here makes.
    static let callsMax = 2_000

    @Test func firstNoteIsWholeOrAbsentWhereverTheFirstStartWasCut() async throws {
        for call in 1...Self.callsMax {
            let fixture = try Fixture()
            let cut = try fixture.with(KillShim.variables(at: call)).btw("note", "the first one")
            guard cut.wasKilled else { return try finished(cut, call) }
            let listed = try fixture.btw("list", "--json")
            let kept = try listed.entries()
            #expect(listed.exit == (kept.isEmpty ? 1 : 0) && listed.err == "", "call \(call): \(listed.err)")
            #expect(kept.allSatisfy { $0.body == "the first one" }, "call \(call)")
            // Output means that the write was confirmed.
            if !cut.output.isEmpty { #expect(kept.count == 1, "call \(call)") }
            try fixture.does("note", "the first one")
            #expect(try await fixture.soundExport("call \(call)").count == kept.count + 1, "call \(call)")
            let names = try FileManager.default.contentsOfDirectory(atPath: fixture.home).sorted()
            let expected = ["incarnation", "journal.db", "journal.db-shm", "journal.db-wal", "keys", "lock"]
            #expect(names == expected, "call \(call)")
        }
    }

    @Test func editIsWholeOrAbsentWhereverItWasCut() async throws {
        let fixture = try Fixture()
        let other = try fixture.makes("note", "somebody else")
        let id = try fixture.makes("note", "text 0").id
        var ledger = "text 0"
        var chance = SeededGenerator(seed: 7)
        for call in 1...Self.callsMax {
            let change = "body=text \(call)"
            let cut = try fixture.with(KillShim.variables(at: call)).btw("edit", id, "--set", change, "flag=yes")
            guard cut.wasKilled else { return try finished(cut, call) }
            // Killed again during the recovery.
            let second = 1 + chance.below(call)
            let reading = try fixture.with(KillShim.variables(at: second)).btw("show", id)
            #expect(reading.wasKilled || reading.exit == 0, "call \(call), then \(second): \(reading.err)")

            let shown = try #require(try fixture.btw("show", id, "--json").entries().first, "call \(call)")
            let body = try #require(shown.body)
            #expect(body == ledger || body == "text \(call)", "call \(call)")
            if !cut.output.isEmpty { #expect(body == "text \(call)", "call \(call)") }
            // Both fields of the edit, or neither.
            #expect((shown.json["flag"] == .bool(true)) == (body != "text 0"), "call \(call)")
            try fixture.does("edit", id, "--set", "body=text \(call)", "flag=yes")
            ledger = "text \(call)"
            let all = try await fixture.soundExport("call \(call)")
            #expect(all.count == 2 && all.contains(other.line), "call \(call)")
        }
    }

    @Test func importIsWholeByTransactionWhereverItWasCutAndIsJustStartedAgain() async throws {
        let source = try Fixture()
        let chunk = 250
        let count = chunk + 60
        let drafts = (0..<count).map { EntryDraft(.note, ["body": .text(Text("day \($0), and what it brought"))]) }
        try await source.write(drafts)
        let file = try source.export()
        let path = try source.file("file.jsonl", file)
        let lines = Set(file.split(separator: "\n"))
        for call in 1...Self.callsMax {
            let fixture = try Fixture()
            let written = try await fixture.write([
                EntryDraft(.note, ["body": "kept"]), EntryDraft(.mood, ["valence": 50]),
            ])
            let kept = Set(written.map { $0.json(space: "journal").canonicalText[...] })
            let cut = try fixture.with(KillShim.variables(at: call)).btw("import", "jsonl", path, "--json")
            guard cut.wasKilled else { return try finished(cut, call) }
            let after = Set(try fixture.export().split(separator: "\n"))
            #expect(after.isSuperset(of: kept), "call \(call)")
            #expect(after.subtracting(kept).isSubset(of: lines), "call \(call)")
            let arrived = after.count - kept.count
            #expect([0, chunk, count].contains(arrived), "call \(call)")
            if !cut.output.isEmpty { #expect(arrived == count, "call \(call)") }
            let again = try fixture.does("import", "jsonl", path, "--json")
            #expect(again.out == Self.counts(new: count - arrived, same: arrived), "call \(call)")
            let all = try await fixture.soundExport("call \(call)")
            #expect(Set(all.map { $0[...] }) == kept.union(lines), "call \(call)")
        }
    }

    @Test func forgettingIsWholeOrAbsentWhereverItWasCutAndCanBeAskedForAgain() async throws {
        let phrase = "canary-of-the-cut"
        for call in 1...Self.callsMax {
            let fixture = try Fixture()
            let drafts = (0..<12).map { EntryDraft(.note, ["body": .text(Text("note \($0)"))]) }
            let secret = EntryDraft(.note, ["body": .text(Text("\(phrase) and more"))])
            let id = try #require(try await fixture.write([secret] + drafts).first?.id.description)
            let others = try await fixture.soundExport().filter { !$0.contains(phrase) }
            let cut = try fixture.with(KillShim.variables(at: call)).btw("forget", id, "--yes")
            guard cut.wasKilled else { return try finished(cut, call) }
            let shown = try fixture.btw("show", id)
            #expect(shown.exit == 0 || shown.err.contains("forgotten"), "call \(call): \(shown.err)")
            #expect(shown.out.contains(phrase) == (shown.exit == 0), "call \(call)")
            if !cut.output.isEmpty { #expect(shown.exit == 1, "call \(call)") }
            let again = try fixture.btw("forget", id, "--yes")
            #expect(again.exit == shown.exit, "call \(call): \(again.err)")
            #expect(try fixture.homeFiles(holding: phrase) == [], "call \(call)")
            #expect(try await fixture.soundExport("call \(call)") == others, "call \(call)")
        }
    }

    @Test func undoOfAnImportIsWholeOrAbsentWhereverItWasCut() async throws {
        let source = try Fixture()
        try await source.writeNotes((0..<40).map { "brought \($0)" })
        let items = try ExportFile(parsing: try source.export().utf8).entries.map { ImportItem($0) }
        for call in 1...Self.callsMax {
            let fixture = try Fixture()
            let journal = try await fixture.journal()
            _ = try await journal.add(Note("kept"))
            try await journal.importItems(items)
            try await journal.home.close()
            let cut = try fixture.with(KillShim.variables(at: call)).btw("undo")
            guard cut.wasKilled else { return try finished(cut, call) }
            let listed = try fixture.btw("list")
            #expect([1, 41].contains(listed.lines.count), "call \(call): \(listed.err)")
            if listed.lines.count == 41 { try fixture.does("undo") }
            let left = try await fixture.soundExport("call \(call)").filter { !$0.contains("\"gone\":\"trashed\"") }
            #expect(try left.map { try Printed($0).body } == ["kept"], "call \(call)")
        }
    }

    static func counts(new: Int, same: Int, updated: Int = 0, skipped: Int = 0) -> String {
        "{\"new\":\(new),\"same\":\(same),\"skipped\":\(skipped),\"updated\":\(updated)}\n"
    }

    /// The command completed, so there is no later call to be killed at.
    private func finished(_ ran: Ran, _ call: Int) throws {
        #expect(ran.exit == 0, "call \(call): \(ran.err)")
        #expect(call > 20, "the shim saw too few calls, so nothing was tested")
        print("killed at each of \(call - 1) calls")
    }
}

/// Lines that arrive one by one.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }
}

extension Fixture {
    /// The export of a journal without damage; through the library, which is faster.
    func soundExport(
        _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [String] {
        let journal = try await journal()
        let lines = Lines()
        #expect(try await journal.home.check().isSound, comment, sourceLocation: sourceLocation)
        try await journal.export { lines.add($0) }
        try await journal.home.close()
        return lines.all
    }

    /// Writes notes through the library.
    ///
    /// - Returns: their ids.
    @discardableResult
    func writeNotes(_ bodies: some Sequence<String>) async throws -> [String] {
        let drafts = bodies.map { EntryDraft(.note, ["body": .text(Text($0))]) }
        let journal = try await journal()
        var ids: [String] = []
        for start in stride(from: 0, to: drafts.count, by: 400) {
            ids += try await journal.add(Array(drafts[start...].prefix(400))).map(\.id.description)
        }
        try await journal.home.close()
        return ids
    }

    /// Writes entries through the library.
    @discardableResult
    func write(_ drafts: [EntryDraft]) async throws -> [Entry] {
        let journal = try await journal()
        let entries = try await journal.add(drafts)
        try await journal.home.close()
        return entries
    }
}
