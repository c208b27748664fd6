public import Records
import ReplicaStore

extension Journal {
    /// An alarm of an exchange, as it is kept until it is over.
    public struct StandingAlarm: Hashable, Sendable {
        public let alarm: SyncAlarm
        /// When an exchange saw it first, and last.
        public let first: Timestamp
        public let last: Timestamp
    }

    /// The alarms that stand, in the order in which they began: 64 at most, those that were seen last.
    ///
    /// One is over when an exchange shows the contrary: what was held back came, what was refused was taken. What
    /// happened once (``SyncAlarm/isHistory``) is over when a person has heard of it: ``markSeen(_:)``.
    public func alarms() async throws -> [StandingAlarm] {
        try await read { reader in
            guard let space = try reader.space(named: Self.privateSpace) else { return [] }
            return try reader.alarms(in: space).compactMap { stored in
                SyncAlarm(stored).map { StandingAlarm(alarm: $0, first: stored.first, last: stored.last) }
            }
        }
    }

    /// A person has heard of these: those are over that only say what happened once.
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
    /// Keeps those alarms of the private space no longer.
    func dropAlarms(where isOver: (StoreAlarm) -> Bool) throws {
        guard let space = try reader.space(named: Journal.privateSpace) else { return }
        for alarm in try reader.alarms(in: space) where isOver(alarm) { try drop(alarm, in: space) }
    }
}
