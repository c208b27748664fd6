public import Causality
import GRDB
import SQLiteFile
public import Records

/// The quarantine: batches that are kept outside of log and clock, for the user to decide.
extension StoreWriter {
    /// The most quarantined batches of one sender, and the most bytes. All senders that were never members count as
    /// one, since anybody can invent such identities.
    public static let quarantinedBatchesPerSenderMax = 256
    public static let quarantinedBytesPerSenderMax = 16 * 1024 * 1024

    /// Quarantines a received batch that cannot be taken. One that is there already stays as it is.
    ///
    /// Beyond the limits of its sender nothing is stored: no clock covers the batch, so it is sent again, and taken
    /// once it can be.
    ///
    /// - Parameters:
    ///   - batch: as received.
    ///   - reason: a stable code.
    ///   - at: the time.
    ///   - encode: encodes a batch without its boxes for storage.
    public func quarantine(
        _ batch: Batch, reason: String, at: Timestamp, encode: (Batch) -> [UInt8]
    ) throws {
        let feed = try feed(of: batch.header.replica)
        let known = try feed.flatMap { try database.first("SELECT origin FROM line WHERE key = ?", $0.value) }
        let origin = known.flatMap { ReplicaOrigin(column: $0.bytes(0)) } ?? batch.header.origin
        let sender = origin.map(\.deviceKey).flatMap { keyring.person($0) == nil ? nil : $0 } ?? []
        let kept = try reader.quarantineSize(of: sender, in: space)
        let bytes = batch.edits.reduce(0) { $0 + ($1.box?.count ?? 0) }
        if Defence.boundsJunk.isUp {
            guard kept.batches < Self.quarantinedBatchesPerSenderMax,
                kept.bytes + bytes <= Self.quarantinedBytesPerSenderMax
            else { return }
        }
        try quarantine(
            batch, edits: Set(batch.dotted.map(\.dot)), device: origin?.deviceKey, sender: sender, reason: reason,
            at: at, encode: encode)
    }

    /// - Parameter sender: whose limit a received batch counts towards; `nil` for edits that were held here, which
    ///   are never dropped.
    func quarantine(
        _ batch: Batch, edits: Set<Dot>, device: [UInt8]?, sender: [UInt8]? = nil, reason: String, at: Timestamp,
        encode: (Batch) -> [UInt8]
    ) throws {
        var bare = batch
        for index in bare.edits.indices { bare.edits[index].box = nil }
        var kept: [(dot: Dot, edit: Edit)] = []
        for (dot, edit) in batch.dotted where edits.contains(dot) {
            // Of forgotten entries nothing is kept.
            if try !isForgotten(edit.header.entry) { kept.append((dot, edit)) }
        }
        guard !kept.isEmpty else { return }
        try database.run(
            """
            INSERT INTO aside (space, replica, first, hash, device, reason, at, edits, bytes, sender)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """, space.key.value, batch.header.replica.column.value, batch.header.first.value,
            batch.tip(keyring.hash).hash.bytes.value, device?.value ?? .null, reason.value,
            at.millisSince1970.value, kept.count.value, encode(bare).value, sender?.value ?? .null)
        guard database.changesCount > 0 else { return }
        let key = database.lastInsertedRowID
        for (dot, edit) in kept {
            guard let box = edit.box else { continue }
            try database.run(
                "INSERT INTO aside_box VALUES (?, ?, ?, ?)", key.value, dot.n.value, edit.header.entry.bytes.value,
                box.value)
        }
        let numbers = Set(kept.map(\.dot.n))
        for (dot, _) in batch.dotted where !numbers.contains(dot.n) {
            try database.run("INSERT INTO aside_gone VALUES (?, ?)", key.value, dot.n.value)
        }
    }

    /// Deletes an edit from the quarantine, but for what the other edits of its batch need.
    ///
    /// - Parameters:
    ///   - number: of a quarantined edit of the batch.
    ///   - key: of the batch, as in ``StoreReader/quarantined(in:)``.
    public func dropQuarantined(_ number: Int, of key: Int64) throws {
        guard
            try database.first("SELECT 1 FROM aside WHERE key = ? AND space = ?", key.value, space.key.value) != nil
        else { return }
        try database.run("INSERT OR IGNORE INTO aside_gone VALUES (?, ?)", key.value, number.value)
        guard database.changesCount > 0 else { return }
        try database.run("DELETE FROM aside_box WHERE aside = ? AND n = ?", key.value, number.value)
        try database.run("UPDATE aside SET edits = edits - 1 WHERE key = ?", key.value)
        if try database.first("SELECT edits FROM aside WHERE key = ?", key.value)?[0] ?? 0 <= 0 {
            try removeQuarantined(key)
        }
    }

    private func removeQuarantined(_ key: Int64) throws {
        for table in ["aside_box", "aside_gone"] {
            try database.run("DELETE FROM \(table) WHERE aside = ?", key.value)
        }
        try database.run("DELETE FROM aside WHERE key = ?", key.value)
    }

    /// Removes a batch from the quarantine, since it is now held.
    func takeFromQuarantine(_ end: Tip) throws {
        let row = try database.first(
            "SELECT key FROM aside WHERE space = ? AND hash = ?", space.key.value, end.hash.bytes.value)
        if let row { try removeQuarantined(row[0]) }
    }

    private func isForgotten(_ entry: EntryID) throws -> Bool {
        try database.first(
            "SELECT is_forgotten FROM entry WHERE id = ? AND space = ?", entry.bytes.value, space.key.value)?[0]
            ?? false
    }
}

extension StoreReader {
    /// A batch in quarantine.
    public struct Quarantined: Hashable, Sendable {
        /// Its key for ``StoreWriter/dropQuarantined(_:of:)``, while it is in quarantine.
        public let key: Int64
        public let first: Dot
        /// The signing key of the device that the batch names as its author; `nil` if its feed is unknown here.
        public let device: [UInt8]?
        public let reason: String
        public let at: Timestamp
        /// How many of its edits exist nowhere else.
        public let edits: Int
        /// The batch without its boxes, as it was encoded.
        public let bytes: [UInt8]
        /// The boxes of its quarantined edits, by number.
        public let boxes: [Int: [UInt8]]
        /// The numbers of its edits that are not in quarantine.
        public let gone: Set<Int>
    }

    /// Whether anything is in quarantine for one of these reasons.
    public func hasQuarantined(_ reasons: [String], in space: Space) throws -> Bool {
        try reasons.contains { reason in
            try database.first(
                "SELECT 1 FROM aside WHERE space = ? AND reason = ? LIMIT 1", space.key.value, reason.value) != nil
        }
    }

    /// The size of one sender's quarantined batches, including boxes.
    func quarantineSize(of sender: [UInt8], in space: Space) throws -> (batches: Int, bytes: Int) {
        let row = try database.first(
            """
            SELECT count(*), coalesce(sum(length(bytes)
                + (SELECT coalesce(sum(length(box)), 0) FROM aside_box WHERE aside_box.aside = aside.key)), 0)
            FROM aside WHERE space = ? AND sender = ?
            """, space.key.value, sender.value)
        return (row?.integer(0) ?? 0, row?.integer(1) ?? 0)
    }

    /// The quarantine, in order of arrival there.
    public func quarantined(in space: Space) throws -> [Quarantined] {
        try database.all(
            "SELECT key, replica, first, device, reason, at, edits, bytes FROM aside WHERE space = ? ORDER BY key",
            space.key.value
        ).map { row in
            guard let replica = ReplicaID(column: row.bytes(1)) else {
                throw StoreError.inconsistent("a quarantined batch")
            }
            let boxes = try database.all("SELECT n, box FROM aside_box WHERE aside = ?", row.values[0])
            let gone = try database.all("SELECT n FROM aside_gone WHERE aside = ?", row.values[0])
            return Quarantined(
                key: row[0], first: Dot(replica, row[2]), device: row.values[3].isNull ? nil : row.bytes(3),
                reason: row[4], at: Timestamp(millisSince1970: row[5]), edits: row[6], bytes: row.bytes(7),
                boxes: Dictionary(uniqueKeysWithValues: boxes.map { ($0[0], $0.bytes(1)) }),
                gone: Set(gone.map { $0[0] }))
        }
    }
}
