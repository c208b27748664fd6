import Causality
import Membership
import ReplicaStore
import SQLiteFile

extension Journal {
    /// Counts and states for `btw status`.
    public struct Status: Hashable, Sendable {
        public let entries: Int
        public let trashed: Int
        /// Entries with a field that has several versions.
        public let conflicts: Int
        /// Edits that are here and cannot be opened.
        public let unopened: Int
        /// Boxes that a merge needs and that are missing.
        public let missing: Int
        /// Edits in quarantine: they could not keep their dots, or their author lacked the right.
        public let quarantined: Int
        /// Edits that the server is not known to hold.
        public let waiting: Int
        public let device: String
        public let space: String
        /// `HOST:PORT` of the server; `nil` if none is configured.
        public let server: String?
        /// When both sides were last up to date, RFC 3339; `nil` if never.
        public let lastSync: String?
        /// Whether the server reported that another device removed this one.
        public let isRemoved: Bool
        /// How often this device's database was copied or restored, if that nears the limit; otherwise `nil`.
        public let copies: Int?
        /// The number of recovery keys of earlier versions, which are not bound to a journal.
        public let unboundKeys: Int
        /// The alarms that are in effect; see ``Journal/alarms()``.
        public let alarms: [StandingAlarm]
        /// Whether the journal's newest key cannot be opened here: see ``Journal/lacksNewestKey``.
        public let lacksNewestKey: Bool
    }

    /// The message for a device that cannot open the newest key.
    public static let lacksNewestKey =
        "The newest key of this journal does not open here; what others write under it cannot be read here until an "
        + "owner's device gives the journal a new one. Everything else goes on."

    public func status() async throws -> Status {
        let device = try await deviceName()
        let server = try await server()
        let lastSync = try await lastSync()
        let isRemoved = try await wasRemoved()
        let alarms = try await alarms()
        // Without the device's keys the membership is unknown, but all else can be reported.
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

    /// The version of SQLite in this process.
    public static var sqliteVersion: String { SQLiteVersion.loaded.text }
}
