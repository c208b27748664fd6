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
        /// Whether the tables were not what the edits say. They are now.
        public let wereTablesWrong: Bool

        public var isSound: Bool { file.isEmpty && brokenLines.isEmpty && brokenBoxes.isEmpty && !wereTablesWrong }
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
                file: file.findings, brokenLines: [], brokenBoxes: [], unopened: [], wereTablesWrong: false)
        }
        let findings = try await write { session in
            try session.writer.check(isSigned: Self.isSigned, progress: progress)
        }
        do { _ = try await store.file.scrub() } catch { throw JournalError.translated(error) }
        return Report(
            file: [], brokenLines: findings.brokenLines, brokenBoxes: findings.brokenBoxes,
            unopened: findings.unopened, wereTablesWrong: findings.wereTablesWrong)
    }

    private static let isSigned: @Sendable (ReplicaOrigin, Hash256, [UInt8]) -> Bool = { origin, hash, signature in
        // Only the signing half is looked at; the other is in the membership log.
        guard let device = DeviceIdentity(signingKey: origin.deviceKey, agreementKey: origin.deviceKey) else {
            return false
        }
        return SignedStatement.batch(lineHash: hash).isSigned(by: device, signature)
    }
}
