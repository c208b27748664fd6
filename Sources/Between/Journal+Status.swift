import Causality
import Membership
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
        /// Boxes that a merge waits for.
        public let missing: Int
        /// Edits that are kept outside of the journal: they could not keep their place in it, or came from who may not.
        public let quarantined: Int
        /// Edits that the server is not known to hold.
        public let waiting: Int
        public let device: String
        public let space: String
        /// `HOST:PORT` of the server; `nil` if this device is connected to none.
        public let server: String?
        /// When both sides were last in step, RFC 3339; `nil` if they never were.
        public let lastSync: String?
        /// Whether the server said that another device removed this one.
        public let isRemoved: Bool
        /// How often this device's database was copied or put back, if that begins to be too often; otherwise `nil`.
        public let copies: Int?
        /// Recovery keys of earlier versions, which do not say which journal they open.
        public let unboundKeys: Int
        /// What a person should hear of the exchanges until it is over; see ``Journal/alarms()``.
        public let alarms: [StandingAlarm]
        /// Whether the newest key of the journal does not open here: see ``Journal/lacksNewestKey``.
        public let lacksNewestKey: Bool
    }

    /// What to tell a person whose device cannot open the newest key.
    public static let lacksNewestKey =
        "The newest key of this journal does not open here; what others write under it cannot be read here until an "
        + "owner's device gives the journal a new one. Everything else goes on."

    public func status() async throws -> Status {
        let device = try await deviceName()
        let server = try await server()
        let lastSync = try await lastSync()
        let isRemoved = try await wasRemoved()
        let alarms = try await alarms()
        // Without the device's keys nothing is known of who is in the journal, and all else is.
        let access = try? access.get()
        let (counts, waiting, lines, standing) = try await read { reader in
            let space = try reader.space(named: Self.privateSpace)
            return (
                try reader.counts(), try space.map(reader.waitingCount) ?? 0, try space.map(reader.ownLineCount) ?? 0,
                try space.flatMap { try access?.standing(reader, in: $0) }
            )
        }
        return Status(
            entries: counts.entries, trashed: counts.trashed, conflicts: counts.conflicts, unopened: counts.unopened,
            missing: counts.missing, quarantined: counts.setAside, waiting: waiting, device: device,
            space: Self.privateSpace, server: server, lastSync: lastSync, isRemoved: isRemoved,
            copies: lines >= CausalityLimits.linesPerDeviceTold ? lines : nil,
            unboundKeys: standing?.log.members.count(where: \.isUnbound) ?? 0, alarms: alarms,
            lacksNewestKey: standing.map { $0.member != nil && !$0.opensNewest } ?? false)
    }

    /// The SQLite that this process runs on.
    public static var sqliteVersion: String { SQLiteVersion.loaded.text }
}
