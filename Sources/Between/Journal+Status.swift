import ReplicaStore
import SQLiteFile

extension Journal {
    /// How the journal stands.
    public struct Status: Hashable, Sendable {
        public let entries: Int
        public let trashed: Int
        /// Entries of which a field has several versions.
        public let conflicts: Int
        /// Edits that are held and do not open.
        public let unopened: Int
        public let device: String
        public let space: String
    }

    public func status() async throws -> Status {
        let device = try await deviceName()
        let counts = try await read { try $0.counts() }
        return Status(
            entries: counts.entries, trashed: counts.trashed, conflicts: counts.conflicts, unopened: counts.unopened,
            device: device, space: Self.privateSpace)
    }

    /// The SQLite that this process runs on.
    public static var sqliteVersion: String { SQLiteVersion.loaded.text }
}
