import CanonicalJSON
import Causality
import GRDB
import Records
import ReplicaStore
import SQLiteFile
import TestSupport
import Testing

/// More concurrent versions of one field than people make.
@Suite struct ManyVersionsTests {
    private let entry = EntryID.number(1)

    /// Concurrent texts of this many bytes by as many devices.
    private func write(_ count: Int, bytes: Int, to device: Device) throws {
        for number in 0..<count {
            let other = try Device(10 + number)
            let text = String(repeating: "Version \(number) goes on. ", count: max(1, bytes / 20))
            try other.write((entry, ["kind": "note", "body": .text(Text(text))]), at: number)
            try device.pull(other)
        }
    }

    /// Bytes of the database's used pages.
    private func size(_ device: Device) throws -> Int {
        try device.store.file.write { database in
            let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            return (pages - free) * (try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
        }
    }

    @Test func longVersionsCostAHomeWhatTheyAreThemselves() throws {
        let device = try Device(1)
        let empty = try size(device)
        let bytes = 40_000
        try write(20, bytes: bytes, to: device)
        // Sealed, live, and the one that is shown in the full-text index, which is merged now and then. A copy of all
        // of them for each arrival would be twenty times as much already.
        #expect(try size(device) - empty < 20 * bytes * 10)
        let changes = try device.store.read { try $0.changes(in: $0.journal(), after: 0, device.keys.keyring) }
        #expect(changes.filter { $0.field == "body" }.count == 1, "one line, as it is one conflict")
        #expect(changes.last?.others.count == 19)
        #expect(changes.last?.chosen == .text(Text(try device.entry(entry)?.text("body") ?? "")))
        #expect(try device.changes().last?.others.count == 19, "they are live, so they are read without keys too")
        try device.write((entry, ["body": "settled"]))
        let settled = try device.store.read { try $0.changes(in: $0.journal(), after: 0, device.keys.keyring) }
        #expect(settled == changes, "what was told stays told")
        #expect(try device.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    @Test func ofMoreVersionsThanPeopleMakeTheGreatestAreShown() throws {
        let device = try Device(1)
        let count = RecordLimits.liveValuesMax + 3
        try write(count, bytes: 20, to: device)
        let body = try #require(try device.entry(entry)?.text("body"))
        let shown = (0..<count).filter { body.contains("Version \($0) goes") }
        #expect(shown.count == RecordLimits.liveValuesMax)
        let other = try Device(2)
        for batch in try device.batches().reversed() { try other.take(batch) }
        #expect(try other.json(entry) == device.json(entry), "the same ones everywhere")
        #expect(try device.changes().filter { $0.field == "body" }.count == 1)
        #expect(try device.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    @Test func textsThatAreTooLongTogetherAreNotPutIntoOne() throws {
        let device = try Device(1)
        let bytes = RecordLimits.proseBytesMax - 1_000
        try write(8, bytes: bytes, to: device)
        let body = try #require(try device.entry(entry)?.text("body"))
        #expect(body.utf8.count <= RecordLimits.proseBytesMax)
        let change = try #require(try device.changes().last { $0.field == "body" })
        #expect(change.others.count == 7 && change.rule == "greatest" && change.chosen == .text(Text(body)))
        #expect(try device.search("Version").contains(entry))
        #expect(try device.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    /// As many copies of a home each rewrite an entry, and somebody syncs.
    @Test(arguments: ["many words ", "Many words. ", "many\n\n", "a "])
    func fortyLongOnesOfShortWordsAreTakenSoon(unit: String) throws {
        let device = try Device(1)
        try device.write((entry, ["kind": "note", "body": "An honest note."]))
        var others: [Device] = []
        for number in 0..<40 {
            let other = try Device(10 + number)
            try other.pull(device)
            // A line break takes two bytes in JSON.
            let count = (RecordLimits.proseBytesMax * 9 / 10) / unit.replacing("\n", with: "\\n").utf8.count
            let text = "\(number): " + String(repeating: unit, count: count)
            try other.write((entry, ["body": .text(Text(text))]), at: number)
            try other.closeBatch()
            others.append(other)
        }
        let known = try device.frontier().clock
        let batches = try others.flatMap { try $0.batches(notCoveredBy: known) }
        let time = try leastThreadTime(of: 1) {
            for batch in batches { try device.take(batch) }
        }
        #expect(time < .seconds(3), "\(time)")
    }
}
