import SyncClient
import Between
import Causality
import Membership
import Records
import ReplicaStore
import SQLiteFile
import Sealing
import TestSupport
import Testing
import Wire

/// A home verifies each record of its log once.
@Suite struct KeptLogTests {
    /// Direct access to a home's tables.
    private struct Tables {
        let store: Replica

        init(of home: TestHome) throws {
            store = try Replica(home.path + "/journal.db", lockFile: home.path + "/lock", createIfMissing: false)
        }

        func run(_ sql: String) throws { try store.file.write { try $0.run(sql) } }

        func count(_ sql: String) throws -> Int { try store.file.read { try $0.first(sql)?[0] ?? 0 } }

        /// Makes any further verification of these records fail.
        func spoil(before position: Int = .max) throws {
            try run(
                """
                UPDATE record SET bytes = CAST(replace(CAST(bytes AS TEXT), '"signature":"', '"signature":"A') AS BLOB)
                WHERE position < \(position)
                """)
        }
    }

    private static func rotation(of log: MembershipLog, by keys: DeviceKeys) throws -> MembershipRecord {
        var generator = SystemRandomNumberGenerator()
        return try log.rotating(cut: Frontier(), by: keys, using: &generator)
    }

    @Test func whatWasVerifiedIsNotVerifiedAgain() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        for fixture in [one, two] {
            _ = try await fixture.journal.add(Note("before"))
            #expect(try await fixture.journal.check().isSound)
            let tables = try Tables(of: fixture.home)
            try tables.spoil()
            try await fixture.reopen()
            #expect(fixture.journal.keyError == nil)
            _ = try await fixture.journal.add(Note("after"))
            let report = try await fixture.journal.check()
            #expect(report.isLogBroken && !report.isSound)
            #expect(!report.wereTablesWrong && report.brokenFeeds.isEmpty && report.unopened.isEmpty)
            // Without stored forms such a log is refused.
            try tables.run("DELETE FROM verified")
            try await fixture.journal.close()
            let journal = try await fixture.home.open()
            #expect(journal.keyError != nil)
            #expect(try await journal.entries().count == 2)
            try await journal.close()
        }
    }

    /// A home of an earlier version has no stored forms; it verifies once.
    @Test func whatIsNotKeptIsVerifiedAndKept() async throws {
        let one = try await ReplicaFixture()
        _ = try await ReplicaFixture(invitedBy: one)
        let tables = try Tables(of: one.home)
        let log = try await one.log()
        for spoiling in ["DELETE FROM verified", "UPDATE verified SET form = x'00'"] {
            try tables.run(spoiling)
            try await one.reopen()
            #expect(try await one.log() == log)
            #expect(try tables.count("SELECT count(*) FROM verified WHERE length(form) > 100") == 2)
            #expect(try await one.journal.check().isSound)
        }
        // A stored form that contradicts its record is found and repaired.
        try tables.run("UPDATE verified SET form = (SELECT form FROM verified WHERE position = 0)")
        let report = try await one.journal.check()
        #expect(report.wereTablesWrong && !report.isLogBroken)
        #expect(try await one.journal.check().isSound)
        // A missing form is not damage, and is added.
        try tables.run("DELETE FROM verified")
        #expect(try await one.journal.check().isSound)
        #expect(try tables.count("SELECT count(*) FROM verified") == 2)
    }

    /// Appending a record verifies none of those before, which would fail here.
    @Test func recordsAreTakenWithoutThoseBefore() async throws {
        let one = try await ReplicaFixture()
        let tables = try Tables(of: one.home)
        // Another process that has the same home open.
        let other = try await Journal.open(at: one.home.path, environment: one.home.clock.environment)
        let watching = try JournalReplica(other)
        var log = try await one.log()
        for position in 1...5 {
            try tables.spoil(before: position - 1)
            let record = try Self.rotation(of: log, by: one.keys)
            try log.append(record)
            let answer = try await one.ask(.extendLog(previous: record.previous, record: record.bytes))
            let end = try #require(LogEnd(count: position + 1, head: log.head))
            #expect(answer == .logExtended(end, moved: false))
            #expect(try await watching.answer(.logEnd) == .logEnd(end))
        }
        #expect(try tables.count("SELECT count(*) FROM verified") == 6)
        #expect(one.journal.verifiedCount == 0 && other.verifiedCount == 0)
        _ = try await other.add(Note("under the newest key"))
        try await one.reopen()
        #expect(try await one.ask(.logEnd) == .logEnd(try #require(LogEnd(count: 6, head: log.head))))
        try await other.close()
    }
}
