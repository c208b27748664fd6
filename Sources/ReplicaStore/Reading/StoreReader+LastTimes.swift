import Causality
import GRDB
import SQLiteFile
public import Records

extension StoreReader {
    /// The time of each device's newest readable edit, by its own clock; keyed by signing key.
    ///
    /// Within a feed the greatest dot counts, not the greatest time; of several feeds of a device the latest time
    /// counts.
    ///
    /// - Returns: `nil` as the time of a device none of whose edits can be opened.
    public func lastTimes(in space: Space) throws -> [[UInt8]: Timestamp?] {
        var times: [[UInt8]: Timestamp?] = [:]
        let rows = try database.all(
            """
            SELECT origin, (SELECT at FROM edit WHERE edit.line = line.key AND at IS NOT NULL ORDER BY n DESC LIMIT 1)
            FROM line WHERE space = ?
            """, space.key.value)
        for row in rows {
            guard let origin = ReplicaOrigin(column: row.bytes(0)) else {
                throw StoreError.inconsistent("a line's origin")
            }
            let time = row.integer(1).map { Timestamp(millisSince1970: $0) }
            let known = times[origin.deviceKey] ?? nil
            times.updateValue([time, known].compactMap(\.self).max(), forKey: origin.deviceKey)
        }
        return times
    }
}
