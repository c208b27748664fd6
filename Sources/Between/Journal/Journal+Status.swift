import Causality
import Membership
public import Records
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
        public let alarms: [ActiveAlarm]
        /// Whether the journal's newest key cannot be opened here: see ``Journal/missesNewestKey``.
        public let missesNewestKey: Bool
    }

    /// The message for a device that cannot open the newest key.
    public static let missesNewestKey =
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
        let (counts, waiting, feeds, membership) = try await read { reader in
            let space = try reader.space(named: Self.privateSpace)
            return (
                try reader.counts(), try space.map(reader.waitingCount) ?? 0, try space.map(reader.ownFeedCount) ?? 0,
                try space.flatMap { try access?.membership(reader, in: $0) }
            )
        }
        return Status(
            entries: counts.entries, trashed: counts.trashed, conflicts: counts.conflicts, unopened: counts.unopened,
            missing: counts.missing, quarantined: counts.quarantined, waiting: waiting, device: device,
            space: Self.privateSpace, server: server, lastSync: lastSync, isRemoved: isRemoved,
            copies: feeds >= CausalityLimits.feedsPerDeviceWarned ? feeds : nil,
            unboundKeys: membership?.log.members.count(where: \.isUnbound) ?? 0, alarms: alarms,
            missesNewestKey: membership.map { $0.member != nil && !$0.opensNewest } ?? false)
    }

    /// The version of SQLite in this process.
    public static var sqliteVersion: String { SQLiteVersion.loaded.text }
}

// MARK: - Alarms

extension Journal {
    /// An alarm of an exchange, which is stored until it is over.
    public struct ActiveAlarm: Hashable, Sendable {
        public let alarm: SyncAlarm
        /// When an exchange saw it first, and last.
        public let first: Timestamp
        public let last: Timestamp
    }

    /// The alarms in effect, in the order of their beginning: at most 64, those that were seen last.
    ///
    /// An alarm is over when an exchange disproves it: withheld edits arrived, refused ones were taken. A past event
    /// (``SyncAlarm/isHistory``) is over when it was shown to the user: ``markSeen(_:)``.
    public func alarms() async throws -> [ActiveAlarm] {
        try await read { reader in
            guard let space = try reader.space(named: Self.privateSpace) else { return [] }
            return try reader.alarms(in: space).compactMap { stored in
                SyncAlarm(stored).map { ActiveAlarm(alarm: $0, first: stored.first, last: stored.last) }
            }
        }
    }

    /// Records that these were shown to the user: those that are past events are over.
    public func markSeen(_ alarms: [ActiveAlarm]) async throws {
        let seen = alarms.filter(\.alarm.isHistory)
        guard !seen.isEmpty else { return }
        try await dropAlarms { stored in
            seen.contains { SyncAlarm(stored).map($0.alarm.isSameMatter) ?? false && $0.last == stored.last }
        }
    }

    private func dropAlarms(where isOver: @escaping @Sendable (StoreAlarm) -> Bool) async throws {
        try await change { try $0.dropAlarms(where: isOver) }
    }
}

extension StoreTransaction {
    /// Deletes matching alarms of the private space.
    func dropAlarms(where isOver: (StoreAlarm) -> Bool) throws {
        guard let space = try reader.space(named: Journal.privateSpace) else { return }
        for alarm in try reader.alarms(in: space) where isOver(alarm) { try drop(alarm, in: space) }
    }
}
