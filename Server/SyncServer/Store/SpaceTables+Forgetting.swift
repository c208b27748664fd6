import Causality
import GRDB
import Membership
import SQLiteFile
import Wire

/// Removing boxes from the disk.
///
/// Deleting a row does not erase it: when its neighbours move to other pages, SQLite leaves copies in the unused
/// middle of the old pages, which `secure_delete` does not reach. So a box is overwritten in place, and its row stays
/// as zeros of the same length within its page, so no page needs to be rebuilt. Pages that hold nothing else are
/// freed, which zeroes them. Afterwards only the write-ahead log must be emptied.
extension SpaceTables {
    /// Scrubs every box of an entry; later boxes of it are not stored.
    func forget(_ entry: Int64, _ id: EntryID) throws {
        var freed = 0
        var kept = 0
        for row in try database.all(
            """
            SELECT box.edit, length(box.bytes) FROM edit JOIN box ON box.edit = edit.key
            WHERE edit.entry = ? AND \(Self.boxIsThere)
            """, entry.value)
        {
            let place = Self.placeLength(ofBox: row[1])
            try database.run("UPDATE box SET bytes = zeroblob(?) WHERE edit = ?", place.value, (row[0] as Int64).value)
            freed += row[1]
            kept += place
        }
        try count(edits: 0, bytes: -freed, kept: kept)
        try forgetQuarantined(id)
        try database.run("UPDATE edit SET lacks_box = 0, live = 0 WHERE entry = ?", entry.value)
        try database.run("DELETE FROM live WHERE entry = ?", entry.value)
        try database.run("UPDATE entry SET is_forgotten = 1 WHERE key = ?", entry.value)
        try database.run("INSERT INTO setting VALUES ('forgotten', 1) ON CONFLICT DO UPDATE SET value = value + 1")
    }

    /// Whether a row of `box` holds a box, rather than the zeros of a scrubbed one.
    static let boxIsThere = "box.bytes != zeroblob(length(box.bytes))"

    /// How many zeros replace a box without rebuilding its page: as many bytes as the page held of it.
    ///
    /// SQLite continues content that does not fit in a page of 4,096 bytes on overflow pages, which are freed.
    static func placeLength(ofBox length: Int) -> Int {
        let usable = 4_096
        let payload = length + recordHeaderMax
        guard payload > usable - 35 else { return length }
        let least = (usable - 12) * 32 / 255 - 23
        let local = least + (payload - least) % (usable - 4)
        // Less the number of the next page and the longer header.
        return max(0, (local <= usable - 35 ? local : least) - 8)
    }

    /// Bytes of the header of a row of `box`: its own length, no key, and the length of a blob.
    private static let recordHeaderMax = 5

    /// Scrubs the boxes of an entry in quarantined batches.
    private func forgetQuarantined(_ id: EntryID) throws {
        for row in try database.all(
            "SELECT aside FROM aside_entry WHERE space = ? AND entry = ?", key.value, id.bytes.value)
        {
            try scrubQuarantined(row[0], of: id)
        }
        try database.run("DELETE FROM aside_entry WHERE space = ? AND entry = ?", key.value, id.bytes.value)
    }

    private func scrubQuarantined(_ quarantined: Int64, of entry: EntryID) throws {
        guard let row = try database.first("SELECT bytes FROM aside WHERE key = ?", quarantined.value) else { return }
        var batch = try Self.batch(ofQuarantined: row.bytes(0))
        for index in batch.edits.indices where batch.edits[index].header.entry == entry { batch.edits[index].box = nil }
        let bytes = MessageWriter.bytes(of: .batch(id, batch))
        // Padded to the former length, so that the row stays in place: a stub is shorter than its box.
        let rest = [UInt8](repeating: UInt8(ascii: " "), count: max(0, row.bytes(0).count - bytes.count))
        try database.run("UPDATE aside SET bytes = ? WHERE key = ?", (bytes + rest).value, quarantined.value)
    }

    /// Reads a quarantined batch, ignoring the padding of scrubbed boxes.
    static func batch(ofQuarantined bytes: [UInt8]) throws -> Batch {
        let end = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        var reader = MessageReader(lineLengthMax: WireLimits.lineLengthMax, hash: Hash256.sha256)
        guard case .batch(_, let batch)? = try? reader.read(bytes[..<end]).first?.message else {
            throw StoreDamage("a batch that was quarantined")
        }
        return batch
    }

    /// Indexes the entries whose boxes a quarantined batch holds.
    func index(quarantined: Int64, _ batch: Batch) throws {
        for entry in Set(batch.edits.filter { $0.box != nil }.map(\.header.entry)) {
            try database.run(
                "INSERT INTO aside_entry VALUES (?, ?, ?) ON CONFLICT DO NOTHING", key.value, entry.bytes.value,
                quarantined.value)
        }
    }

    /// Records that rows of `box` moved, so that copies of their neighbours may be left in unused space.
    func boxesMoved() throws {
        try database.run("INSERT INTO setting VALUES ('moved', 1) ON CONFLICT DO NOTHING")
    }
}
