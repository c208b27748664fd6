import Causality
import GRDB
import SQLiteFile
import Membership

/// What the store keeps in memory beside its file: logs as they were verified, and who holds a space still.
///
/// A value: a transaction changes a copy, which takes the place of the old one once it is committed.
struct StoreMemory: Sendable {
    /// A space that is here.
    struct Space: Sendable {
        let key: Int64
        let log: MembershipLog
        /// Of all records.
        let recordByteCount: Int

        init(key: Int64, log: MembershipLog) {
            self.key = key
            self.log = log
            recordByteCount = log.records.reduce(0) { $0 + $1.bytes.count }
        }
    }

    struct Hold: Sendable {
        /// Who holds it, and until when.
        var devices: [DeviceID: Duration] = [:]
    }

    /// Logs that are kept at most; others are read and verified again when they are asked for.
    static let spacesMax = 1_024
    /// Bytes of all their records, beside the one that was kept last; in memory they take about five times as many.
    static let recordBytesMax = 16 << 20

    private(set) var spaces: [SpaceID: Space] = [:]
    /// Those spaces, the one first that is given up first.
    private var order: [SpaceID] = []
    private var recordByteCount = 0
    /// How often one was kept, so that whoever works on a copy sees that something is new.
    private(set) var keepCount = 0
    var blocked: Set<DeviceID> = []
    private var holds: [SpaceID: Hold] = [:]
    private var holdTimes: [DeviceID: Duration] = [:]

    /// A space, read from the tables if it is not here yet.
    mutating func space(_ id: SpaceID, in database: Database) throws -> Space? {
        if let known = spaces[id] { return known }
        guard let stored = try Self.stored(id, in: database) else { return nil }
        let space = try Self.verified(stored, id)
        keep(space)
        return space
    }

    /// A space as it stands in the tables.
    static func stored(_ id: SpaceID, in database: Database) throws -> (key: Int64, records: [[UInt8]])? {
        guard let row = try database.first("SELECT key FROM space WHERE id = ?", id.bytes.value) else { return nil }
        let records = try database.all("SELECT bytes FROM record WHERE space = ? ORDER BY position", row.values[0])
        return (row[0], records.map { $0.bytes(0) })
    }

    /// Verifies a log, record after record; that may take a while.
    static func verified(_ stored: (key: Int64, records: [[UInt8]]), _ id: SpaceID) throws -> Space {
        guard let log = try? MembershipLog(parsing: stored.records), log.space == id else {
            throw StoreDamage("a membership log")
        }
        return Space(key: stored.key, log: log)
    }

    /// Keeps a space. What is given up for it are the longest logs, and else those that came first, so that whoever
    /// asks for many or long ones makes nobody else wait.
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

    // MARK: Holds

    /// Whether another device than this one holds the space still.
    func isHeld(_ space: SpaceID, againstAllBut device: DeviceID, now: Duration) -> Bool {
        holds[space]?.devices.contains { $0.key != device && now < $0.value } ?? false
    }

    /// Holds the space still for this device, also where another holds it: who brings a record first is first, and
    /// nobody keeps another from removing him. Returns whether it may, so soon after the last time.
    mutating func hold(_ space: SpaceID, for device: DeviceID, now: Duration, pause: Duration) -> Bool {
        holdTimes = holdTimes.filter { now < $0.value + pause }
        guard holdTimes[device] == nil else { return false }
        holdTimes[device] = now
        var hold = holds[space] ?? Hold()
        hold.devices = hold.devices.filter { now < $0.value }
        hold.devices[device] = now + .milliseconds(SpaceService.holdMillis)
        holds[space] = hold
        return true
    }

    /// The device holds the space no longer.
    mutating func release(_ space: SpaceID, by device: DeviceID) {
        holds[space]?.devices[device] = nil
        if holds[space]?.devices.isEmpty ?? false { holds[space] = nil }
    }
}
