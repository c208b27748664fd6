public import Causality
import GRDB
import SQLiteFile
public import Records

/// An alarm of an exchange, which is stored until it is over.
public struct StoreAlarm: Hashable, Sendable {
    /// The most alarms of one space. Beyond that, the one seen longest ago is removed; if it persists, it is seen
    /// again.
    public static let countMax = 64

    /// Its kind, as a stable code.
    public let code: String
    /// The device whose edits are affected; `nil` if unknown or not applicable.
    public let device: DeviceID?
    /// The number of edits, as last reported; 0 if unknown.
    public let edits: Int
    /// When it was first seen, and last.
    public let first: Timestamp
    public let last: Timestamp
}

extension StoreReader {
    /// The stored alarms of a space, in the order in which they were first seen.
    public func alarms(in space: Space) throws -> [StoreAlarm] {
        try database.all(
            "SELECT code, device, edits, first, last FROM alarm WHERE space = ? ORDER BY first, code, device",
            space.key.value
        ).map { row in
            StoreAlarm(
                code: row[0], device: DeviceID(row.bytes(1)), edits: row[2],
                first: Timestamp(millisSince1970: row[3]), last: Timestamp(millisSince1970: row[4]))
        }
    }
}

extension StoreTransaction {
    /// Stores an alarm, or updates it if it is stored already.
    public func raise(code: String, device: DeviceID?, edits: Int, at: Timestamp, in space: Space) throws {
        let now = at.millisSince1970.value
        try database.run(
            """
            INSERT INTO alarm VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET edits = excluded.edits, last = excluded.last
            """, space.key.value, code.value, (device?.bytes ?? []).value, max(0, edits).value, now, now)
        try database.run(
            """
            DELETE FROM alarm WHERE space = ?1 AND (code, device) IN (
                SELECT code, device FROM alarm WHERE space = ?1 AND NOT (code = ?2 AND device = ?3)
                ORDER BY last DESC, first DESC LIMIT -1 OFFSET ?4)
            """, space.key.value, code.value, (device?.bytes ?? []).value, (StoreAlarm.countMax - 1).value)
    }

    /// Deletes an alarm, unless it was seen again since it was read.
    public func drop(_ alarm: StoreAlarm, in space: Space) throws {
        try database.run(
            "DELETE FROM alarm WHERE space = ? AND code = ? AND device = ? AND last = ?", space.key.value,
            alarm.code.value, (alarm.device?.bytes ?? []).value, alarm.last.millisSince1970.value)
    }
}
