import Causality
import GRDB
import SQLiteFile
import Wire

/// Requested boxes, and boxes that are missing here.
extension SpaceTables {
    /// Edits whose boxes are missing here and may come, in the order of their arrival, after a key of `edit`; and the
    /// last key that was looked at.
    func lackingBoxes(besides: Set<Dot>, after start: Int64) throws -> (dots: [Dot], last: Int64) {
        var dots: [Dot] = []
        var last = start
        try database.visit(
            """
            SELECT line.replica, edit.n, edit.key FROM edit INDEXED BY edit_lacking JOIN line ON line.key = edit.line
            WHERE edit.space = ? AND edit.lacks_box = 1 AND edit.key > ? ORDER BY edit.key
            """, key.value, start.value,
            while: { row in
                let dot = Dot(try ReplicaID(stored: row.bytes(0)), row[1])
                if !besides.contains(dot) { dots.append(dot) }
                last = row[2]
                return dots.count < WireLimits.fetchDotsMax
            })
        return (dots, last)
    }

    /// Boxes of these edits, in order, as many as fit.
    func boxes(_ dots: [Dot], room: Int) throws -> [FoundBox] {
        var left = room
        var found: [FoundBox] = []
        for dot in dots {
            let row = try database.first(
                """
                SELECT box.bytes FROM line JOIN edit ON edit.line = line.key JOIN box ON box.edit = edit.key
                WHERE line.space = ? AND line.replica = ? AND edit.n = ? AND \(Self.boxIsThere)
                """, key.value, dot.replica.column.value, dot.n.value)
            let box = FoundBox(dot, row?.bytes(0))
            left -= MessageWriter.length(of: .box(id, dot, box.bytes))
            guard left >= 0 else { break }
            found.append(box)
        }
        return found
    }

    /// Stores a missing box; a box that is not the edit's own is ignored.
    func supply(_ box: [UInt8], for dot: Dot, _ hash: HashFunction, _ limits: StoreLimits) throws {
        let row = try database.first(
            """
            SELECT edit.key, edit.box_hash FROM line JOIN edit ON edit.line = line.key
            WHERE line.space = ? AND line.replica = ? AND edit.n = ? AND edit.lacks_box = 1
            """, key.value, dot.replica.column.value, dot.n.value)
        guard let row, box.count <= limits.boxLengthMax, hash(box) == (try Hash256(stored: row.bytes(1))) else {
            return
        }
        let edit: Int64 = row[0]
        try count(edits: 0, bytes: box.count, within: limits)
        try database.run(
            "INSERT INTO box (edit, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes", edit.value,
            box.value)
        try boxesMoved()
        try database.run("UPDATE edit SET lacks_box = 0 WHERE key = ?", edit.value)
    }

    /// Updates the counts of the space.
    ///
    /// - Parameters:
    ///   - bytes: of edits and their boxes.
    ///   - kept: of everything else.
    func count(edits: Int, bytes: Int, kept: Int = 0) throws {
        try database.run(
            "UPDATE space SET edits = edits + ?, bytes = bytes + ?, kept = kept + ? WHERE key = ?", edits.value,
            bytes.value, kept.value, key.value)
    }

    /// Adds to the counts of the space, and refuses what exceeds a quota.
    func count(edits: Int, bytes: Int, kept: Int = 0, within limits: StoreLimits) throws {
        try count(edits: edits, bytes: bytes, kept: kept)
        let row = try database.first("SELECT edits, bytes + kept, account FROM space WHERE key = ?", key.value)
        guard let row, row[0] <= limits.editsPerSpaceMax, row[1] <= limits.bytesPerSpaceMax else {
            throw StoreRefusal(.full)
        }
        guard !row.values[2].isNull else { return }
        let all = try database.first(
            "SELECT sum(edits), sum(bytes + kept) FROM space WHERE account = ?", row.values[2])
        guard let all, all[0] <= limits.editsPerPersonMax, all[1] <= limits.bytesPerPersonMax else {
            throw StoreRefusal(.full)
        }
    }
}
