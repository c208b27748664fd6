public import Causality
import Membership
import ReplicaStore
import SQLiteFile

extension Journal {
    /// The findings of `btw doctor`.
    public struct Report: Hashable, Sendable {
        /// The output of SQLite's integrity check; empty if the file is sound.
        public let file: [String]
        public let brokenFeeds: [ReplicaID]
        public let brokenBoxes: [Dot]
        public let unopened: [Dot]
        /// Whether the membership log does not verify.
        public let isLogBroken: Bool
        /// Whether the derived tables did not match the edits. They have been rebuilt.
        public let wereTablesWrong: Bool

        public var isSound: Bool {
            file.isEmpty && brokenFeeds.isEmpty && brokenBoxes.isEmpty && !isLogBroken && !wereTablesWrong
        }
    }

    /// Checks the whole journal, and rebuilds the derived tables from the edits.
    ///
    /// Takes about a second for ten thousand entries, with the lock held.
    ///
    /// - Parameter progress: called with the number of finished entries.
    public func check(progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> Report {
        let file: DatabaseFile.CheckReport
        do { file = try await store.file.check() } catch { throw JournalError.translated(error) }
        guard file.isSound, !isReadOnly else {
            return Report(
                file: file.findings, brokenFeeds: [], brokenBoxes: [], unopened: [], isLogBroken: false,
                wereTablesWrong: false)
        }
        let (log, findings) = try await write { transaction in
            (try transaction.checkLog(), try transaction.writer.check(isSigned: Self.isSigned, progress: progress))
        }
        do { _ = try await store.file.scrub() } catch { throw JournalError.translated(error) }
        return Report(
            file: [], brokenFeeds: findings.brokenFeeds, brokenBoxes: findings.brokenBoxes,
            unopened: findings.unopened, isLogBroken: log == .broken,
            wereTablesWrong: findings.wereTablesWrong || log == .keptWrongly)
    }

    private static let isSigned: @Sendable (ReplicaOrigin, Hash256, [UInt8]) -> Bool = { origin, hash, signature in
        // Only the signing key is used; the agreement key is in the membership log.
        guard let device = DeviceIdentity(signingKey: origin.deviceKey, agreementKey: origin.deviceKey) else {
            return false
        }
        return SignedStatement.batch(feedHash: hash).isSigned(by: device, signature)
    }
}

extension JournalTransaction {
    fileprivate enum LogFinding { case sound, keptWrongly, broken }

    /// Verifies the whole membership log, ignoring what was stored as verified, and stores the result if it differs.
    fileprivate func checkLog() throws -> LogFinding {
        guard let space = try store.reader.space(named: access.name) else { return .broken }
        let records = try store.reader.records(of: space)
        guard let log = try? MembershipLog(parsing: records.map(\.bytes)), log.space.bytes == space.id else {
            return .broken
        }
        let (kept, forms) = (records.map(\.form), log.records.map(\.keptForm))
        guard kept != forms else { return .sound }
        try store.keepForms(forms, of: space)
        // A result that was not stored yet is no damage.
        return zip(kept, forms).contains { $0 != nil && $0 != $1 } ? .keptWrongly : .sound
    }
}
