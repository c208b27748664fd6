public import Causality
import Membership
import ReplicaStore
import SQLiteFile

extension Journal {
    /// What `btw doctor` found.
    public struct Report: Hashable, Sendable {
        /// What SQLite says of the file; empty where all is well.
        public let file: [String]
        public let brokenLines: [ReplicaID]
        public let brokenBoxes: [Dot]
        public let unopened: [Dot]
        /// Whether what tells which devices are of the journal is not what these devices signed.
        public let isLogBroken: Bool
        /// Whether the tables were not what the edits say. They are now.
        public let wereTablesWrong: Bool

        public var isSound: Bool {
            file.isEmpty && brokenLines.isEmpty && brokenBoxes.isEmpty && !isLogBroken && !wereTablesWrong
        }
    }

    /// Checks the whole journal, and works the tables that people read out anew from the edits.
    ///
    /// Takes about a second for ten thousand entries, with the lock held.
    ///
    /// - Parameter progress: told how many entries are done.
    public func check(progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> Report {
        let file: DatabaseFile.CheckReport
        do { file = try await store.file.check() } catch { throw JournalError.translated(error) }
        guard file.isSound, !isReadOnly else {
            return Report(
                file: file.findings, brokenLines: [], brokenBoxes: [], unopened: [], isLogBroken: false,
                wereTablesWrong: false)
        }
        let (log, findings) = try await write { session in
            (try session.checkLog(), try session.writer.check(isSigned: Self.isSigned, progress: progress))
        }
        do { _ = try await store.file.scrub() } catch { throw JournalError.translated(error) }
        return Report(
            file: [], brokenLines: findings.brokenLines, brokenBoxes: findings.brokenBoxes,
            unopened: findings.unopened, isLogBroken: log == .broken,
            wereTablesWrong: findings.wereTablesWrong || log == .keptWrongly)
    }

    private static let isSigned: @Sendable (ReplicaOrigin, Hash256, [UInt8]) -> Bool = { origin, hash, signature in
        // Only the signing half is looked at; the other is in the membership log.
        guard let device = DeviceIdentity(signingKey: origin.deviceKey, agreementKey: origin.deviceKey) else {
            return false
        }
        return SignedStatement.batch(lineHash: hash).isSigned(by: device, signature)
    }
}

extension WritingSession {
    fileprivate enum LogFinding { case sound, keptWrongly, broken }

    /// Verifies the membership log whole, whatever was kept of it; and keeps what it says where something else was kept.
    fileprivate func checkLog() throws -> LogFinding {
        guard let space = try transaction.reader.space(named: access.name) else { return .broken }
        let records = try transaction.reader.records(of: space)
        guard let log = try? MembershipLog(parsing: records.map(\.bytes)), log.space.bytes == space.id else {
            return .broken
        }
        let (kept, forms) = (records.map(\.form), log.records.map(\.keptForm))
        guard kept != forms else { return .sound }
        try transaction.keepForms(forms, of: space)
        // That nothing was kept yet is no damage.
        return zip(kept, forms).contains { $0 != nil && $0 != $1 } ? .keptWrongly : .sound
    }
}
