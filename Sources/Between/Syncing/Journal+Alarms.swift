public import Records
import ReplicaStore

extension Journal {
    /// An alarm of an exchange, which is stored until it is over.
    public struct StandingAlarm: Hashable, Sendable {
        public let alarm: SyncAlarm
        /// When an exchange saw it first, and last.
        public let first: Timestamp
        public let last: Timestamp
    }

    /// The alarms in effect, in the order of their beginning: at most 64, those that were seen last.
    ///
    /// An alarm is over when an exchange disproves it: withheld edits arrived, refused ones were taken. A past event
    /// (``SyncAlarm/isHistory``) is over when it was shown to the user: ``markSeen(_:)``.
    public func alarms() async throws -> [StandingAlarm] {
        try await read { reader in
            guard let space = try reader.space(named: Self.privateSpace) else { return [] }
            return try reader.alarms(in: space).compactMap { stored in
                SyncAlarm(stored).map { StandingAlarm(alarm: $0, first: stored.first, last: stored.last) }
            }
        }
    }

    /// Records that these were shown to the user: those that are past events are over.
    public func markSeen(_ alarms: [StandingAlarm]) async throws {
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
