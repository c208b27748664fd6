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
        var log: MembershipLog
    }

    struct Hold: Sendable {
        let device: DeviceID
        let until: Duration
    }

    /// Logs that are kept at most; others are read and verified again when they are asked for.
    static let spacesMax = 1_024

    private(set) var spaces: [SpaceID: Space] = [:]
    var blocked: Set<DeviceID> = []
    private var holds: [SpaceID: Hold] = [:]
    private var holdTimes: [DeviceID: Duration] = [:]

    /// A space, read from the tables if it is not here yet.
    mutating func space(_ id: SpaceID, in database: Database) throws -> Space? {
        if let known = spaces[id] { return known }
        guard let row = try database.first("SELECT key FROM space WHERE id = ?", id.bytes.value) else { return nil }
        let key: Int64 = row[0]
        let records = try database.all("SELECT bytes FROM record WHERE space = ? ORDER BY position", key.value)
        guard let log = try? MembershipLog(parsing: records.map { $0.bytes(0) }), log.space == id else {
            throw StoreDamage("a membership log")
        }
        let space = Space(key: key, log: log)
        keep(space)
        return space
    }

    mutating func keep(_ space: Space) {
        if spaces.count >= Self.spacesMax { spaces = [:] }
        spaces[space.log.space] = space
    }

    // MARK: Holds

    /// Whether another device than this one holds the space still.
    func isHeld(_ space: SpaceID, againstAllBut device: DeviceID, now: Duration) -> Bool {
        holds[space].map { now < $0.until && $0.device != device } ?? false
    }

    /// Holds the space still for this device. Returns whether it may, so soon after the last time.
    mutating func hold(_ space: SpaceID, for device: DeviceID, now: Duration, pause: Duration) -> Bool {
        holdTimes = holdTimes.filter { now < $0.value + pause }
        guard holdTimes[device] == nil else { return false }
        holdTimes[device] = now
        holds[space] = Hold(device: device, until: now + .milliseconds(SpaceService.holdMillis))
        return true
    }

    mutating func release(_ space: SpaceID, by device: DeviceID) {
        if holds[space]?.device == device { holds[space] = nil }
    }
}
