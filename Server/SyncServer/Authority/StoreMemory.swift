import Causality
import Membership
import Wire

/// The store's in-memory state beside its rows: verified logs, blocked devices, and paused devices.
///
/// A value: a transaction changes a copy, which replaces the old one after the commit. An engine keeps and copies it,
/// and knows nothing of what is in it.
package struct StoreMemory: Sendable {
    /// A space with its verified log.
    struct Space: Sendable {
        let key: StoreKey
        let log: MembershipLog
        /// The total length of the log's records.
        let recordByteCount: Int

        init(key: StoreKey, log: MembershipLog) {
            self.key = key
            self.log = log
            recordByteCount = log.records.reduce(0) { $0 + $1.bytes.count }
        }
    }

    /// Logs that are kept; others are read and verified again when needed.
    static let spacesMax = 1_024
    /// Bytes of all their records, except the one kept last; in memory they take about five times as many.
    static let recordBytesMax = 16 << 20

    private(set) var spaces: [SpaceID: Space] = [:]
    /// The kept spaces, the next to be dropped first.
    private var order: [SpaceID] = []
    private var recordByteCount = 0
    /// How often something was kept, so that a change of a copy is noticed.
    private var keepCount = 0
    /// `nil` until somebody asks for it.
    private var blocked: Set<DeviceID>?
    /// Paused devices, and the end of their pause.
    private var pauses: [SpaceID: [DeviceID: Duration]] = [:]
    /// How often each author paused others since the day's records of a space were used up.
    private var pauseCounts: [SpaceID: (day: Int, counts: [DeviceID: Int])] = [:]

    package init() {}

    /// Keeps what a read, which had a copy, read and kept in it.
    package mutating func adopt(_ copy: StoreMemory) {
        guard copy.keepCount != keepCount else { return }
        for (id, space) in copy.spaces where spaces[id] == nil { keep(space) }
        if blocked == nil { blocked = copy.blocked }
    }

    // MARK: Logs

    /// A space, read from the rows and verified if it is not in memory.
    mutating func space(_ id: SpaceID, in transaction: any StoreTransaction) throws -> Space? {
        if let known = spaces[id] { return known }
        guard let stored = try Self.stored(id, in: transaction) else { return nil }
        let space = try Self.verified(stored, id)
        keep(space)
        return space
    }

    /// The space, if this device is a current member.
    mutating func space(_ id: SpaceID, of device: DeviceID, in transaction: any StoreTransaction) throws -> Space {
        guard try !isBlocked(device, in: transaction) else { throw StoreRefusal(.blocked) }
        guard let space = try space(id, in: transaction) else { throw StoreRefusal(.space) }
        guard space.log.isCurrentMember(device) else {
            throw StoreRefusal(space.log.wasRemoved(device) ? .removed : .space)
        }
        return space
    }

    /// A space as it is in the rows.
    static func stored(
        _ id: SpaceID, in transaction: any StoreTransaction
    ) throws -> (key: StoreKey, records: [[UInt8]])? {
        guard let key = try transaction.space(id)?.key else { return nil }
        return (key, try transaction.records(of: key, from: 0))
    }

    /// Verifies a log, record by record, which may take a while.
    static func verified(_ stored: (key: StoreKey, records: [[UInt8]]), _ id: SpaceID) throws -> Space {
        guard let log = try? MembershipLog(parsing: stored.records), log.space == id else {
            throw StoreDamage("a membership log")
        }
        return Space(key: stored.key, log: log)
    }

    /// Keeps a space. Drops the longest logs, and otherwise the oldest, so that a client that needs many or long logs
    /// slows down nobody else.
    mutating func keep(_ space: Space) {
        let id = space.log.space
        keepCount += 1
        drop(id)
        while spaces.count >= Self.spacesMax, let first = order.first { drop(first) }
        while recordByteCount > Self.recordBytesMax,
            let longest = spaces.max(by: { $0.value.recordByteCount < $1.value.recordByteCount })?.key
        {
            drop(longest)
        }
        spaces[id] = space
        order.append(id)
        recordByteCount += space.recordByteCount
    }

    private mutating func drop(_ id: SpaceID) {
        guard let space = spaces.removeValue(forKey: id) else { return }
        recordByteCount -= space.recordByteCount
        if let index = order.firstIndex(of: id) { order.remove(at: index) }
    }

    // MARK: Blocked devices

    mutating func isBlocked(_ device: DeviceID, in transaction: any StoreTransaction) throws -> Bool {
        try blockedDevices(in: transaction).contains(device)
    }

    mutating func blockedDevices(in transaction: any StoreTransaction) throws -> Set<DeviceID> {
        if let blocked { return blocked }
        let blocked = Set(try transaction.devices().filter(\.isBlocked).map(\.id))
        self.blocked = blocked
        keepCount += 1
        return blocked
    }

    /// Reads which devices are blocked, after that changed.
    mutating func blockedDevicesChanged() { blocked = nil }

    // MARK: Pauses

    /// Counts a pause on a day whose records are used up. Returns the author's count, including this one.
    mutating func countPause(by author: DeviceID, in space: SpaceID, onDay day: Int) -> Int {
        pauseCounts = pauseCounts.filter { $0.value.day == day }
        pauseCounts[space, default: (day, [:])].counts[author, default: 0] += 1
        return pauseCounts[space]?.counts[author] ?? 0
    }

    /// Whether any device of the space is paused.
    func hasPauses(in space: SpaceID, now: Duration) -> Bool {
        pauses[space]?.values.contains { now < $0 } ?? false
    }

    func isPaused(_ device: DeviceID, in space: SpaceID, now: Duration) -> Bool {
        pauses[space]?[device].map { now < $0 } ?? false
    }

    /// Pauses the batches of these devices, whoever brings them, so that a record that removes them can include them
    /// all.
    mutating func pause(_ devices: Set<DeviceID>, in space: SpaceID, now: Duration) {
        pauses = pauses.mapValues { $0.filter { now < $0.value } }.filter { !$0.value.isEmpty }
        for device in devices { pauses[space, default: [:]][device] = now + .milliseconds(SpaceService.pauseMillis) }
    }
}
