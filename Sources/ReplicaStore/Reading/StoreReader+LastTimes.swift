import Causality
import GRDB
import SQLiteFile
public import Records

extension StoreReader {
    /// When each device wrote the newest of what is here of it and opens, by its own clock; by its signing key.
    ///
    /// Of a line only its end is looked at: its numbers, and not its times, say what is newest in it. Of a device's lines
    /// the latest counts.
    ///
    /// - Returns: `nil` as the time of a device of which nothing that is here opens.
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
