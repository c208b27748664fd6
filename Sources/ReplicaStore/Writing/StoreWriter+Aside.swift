public import Causality
import GRDB
import SQLiteFile
public import Records

/// What is kept outside of log and clock: bytes and signature, for people to look at.
extension StoreWriter {
    /// Batches that are kept of one sender at most, and bytes of them. All who never were of the space are one sender:
    /// whoever signs nothing calls himself anything.
    public static let asideBatchesPerSenderMax = 256
    public static let asideBytesPerSenderMax = 16 * 1024 * 1024

    /// Keeps a batch that came and cannot be taken. One that is kept already stays as it is.
    ///
    /// Beyond what is kept of one sender nothing is: no clock has it, so it comes again, and is taken once it can be.
    ///
    /// - Parameters:
    ///   - batch: as it came.
    ///   - reason: why it was not taken, as a word for programs.
    ///   - at: when.
    ///   - encode: a batch without its boxes as it is kept.
    public func setAside(
        _ batch: Batch, reason: String, at: Timestamp, encode: (Batch) -> [UInt8]
    ) throws {
        let line = try line(of: batch.header.replica)
        let known = try line.flatMap { try database.first("SELECT origin FROM line WHERE key = ?", $0.value) }
        let origin = known.flatMap { ReplicaOrigin(column: $0.bytes(0)) } ?? batch.header.origin
        let sender = origin.map(\.deviceKey).flatMap { keyring.person($0) == nil ? nil : $0 } ?? []
        let kept = try reader.asideSize(of: sender, in: space)
        let bytes = batch.edits.reduce(0) { $0 + ($1.box?.count ?? 0) }
        if Defence.boundsJunk.stands {
            guard kept.batches < Self.asideBatchesPerSenderMax, kept.bytes + bytes <= Self.asideBytesPerSenderMax
            else { return }
        }
        try setAside(
            batch, edits: Set(batch.dotted.map(\.dot)), device: origin?.deviceKey, sender: sender, reason: reason,
            at: at, encode: encode)
    }

    /// - Parameter sender: who has to answer for it, if it came; `nil` for what was held here, of which nothing is lost.
    func setAside(
        _ batch: Batch, edits: Set<Dot>, device: [UInt8]?, sender: [UInt8]? = nil, reason: String, at: Timestamp,
        encode: (Batch) -> [UInt8]
    ) throws {
        var bare = batch
        for index in bare.edits.indices { bare.edits[index].box = nil }
        var kept: [(dot: Dot, edit: Edit)] = []
        for (dot, edit) in batch.dotted where edits.contains(dot) {
            // Of what was forgotten nothing is kept, and nothing is missed.
            if try !isForgotten(edit.header.entry) { kept.append((dot, edit)) }
        }
        guard !kept.isEmpty else { return }
        try database.run(
            """
            INSERT INTO aside (space, replica, first, hash, device, reason, at, edits, bytes, sender)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """, space.key.value, batch.header.replica.column.value, batch.header.first.value,
            batch.lineEnd(keyring.hash).hash.bytes.value, device?.value ?? .null, reason.value,
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

    /// An edit that is set aside is so no longer: nothing of it is kept but what its batch's others need.
    ///
    /// - Parameters:
    ///   - number: of an edit that is set aside there.
    ///   - key: of the batch, as ``StoreReader/aside(in:)`` tells.
    public func dropAside(_ number: Int, of key: Int64) throws {
        guard
            try database.first("SELECT 1 FROM aside WHERE key = ? AND space = ?", key.value, space.key.value) != nil
        else { return }
        try database.run("INSERT OR IGNORE INTO aside_gone VALUES (?, ?)", key.value, number.value)
        guard database.changesCount > 0 else { return }
        try database.run("DELETE FROM aside_box WHERE aside = ? AND n = ?", key.value, number.value)
        try database.run("UPDATE aside SET edits = edits - 1 WHERE key = ?", key.value)
        if try database.first("SELECT edits FROM aside WHERE key = ?", key.value)?[0] ?? 0 <= 0 {
            try removeAside(key)
        }
    }

    private func removeAside(_ key: Int64) throws {
        for table in ["aside_box", "aside_gone"] {
            try database.run("DELETE FROM \(table) WHERE aside = ?", key.value)
        }
        try database.run("DELETE FROM aside WHERE key = ?", key.value)
    }

    /// A batch that was set aside is held now.
    func takeFromAside(_ end: LineEnd) throws {
        let row = try database.first(
            "SELECT key FROM aside WHERE space = ? AND hash = ?", space.key.value, end.hash.bytes.value)
        if let row { try removeAside(row[0]) }
    }

    private func isForgotten(_ entry: EntryID) throws -> Bool {
        try database.first(
            "SELECT is_forgotten FROM entry WHERE id = ? AND space = ?", entry.bytes.value, space.key.value)?[0]
            ?? false
    }
}

extension StoreReader {
    /// A batch that is kept outside of log and clock.
    public struct Aside: Hashable, Sendable {
        /// Names it for ``StoreWriter/dropAside(_:of:)``, as long as it is set aside.
        public let key: Int64
        public let first: Dot
        /// The signing key of the device that the batch is said to be of; `nil` if its line is not known here.
        public let device: [UInt8]?
        public let reason: String
        public let at: Timestamp
        /// How many of its edits are nowhere else.
        public let edits: Int
        /// The batch without its boxes, as it was encoded.
        public let bytes: [UInt8]
        /// The boxes of those edits, by number.
        public let boxes: [Int: [UInt8]]
        /// The numbers of its edits that are not set aside.
        public let gone: Set<Int>
    }

    /// Whether anything is set aside for one of these reasons.
    public func hasAside(_ reasons: [String], in space: Space) throws -> Bool {
        try reasons.contains { reason in
            try database.first(
                "SELECT 1 FROM aside WHERE space = ? AND reason = ? LIMIT 1", space.key.value, reason.value) != nil
        }
    }

    /// What is kept of one sender's batches that came and could not be taken, boxes included.
    func asideSize(of sender: [UInt8], in space: Space) throws -> (batches: Int, bytes: Int) {
        let row = try database.first(
            """
            SELECT count(*), coalesce(sum(length(bytes)
                + (SELECT coalesce(sum(length(box)), 0) FROM aside_box WHERE aside_box.aside = aside.key)), 0)
            FROM aside WHERE space = ? AND sender = ?
            """, space.key.value, sender.value)
        return (row?.integer(0) ?? 0, row?.integer(1) ?? 0)
    }

    /// What is set aside, in the order in which that happened.
    public func aside(in space: Space) throws -> [Aside] {
        try database.all(
            "SELECT key, replica, first, device, reason, at, edits, bytes FROM aside WHERE space = ? ORDER BY key",
            space.key.value
        ).map { row in
            guard let replica = ReplicaID(column: row.bytes(1)) else { throw StoreError.inconsistent("a batch aside") }
            let boxes = try database.all("SELECT n, box FROM aside_box WHERE aside = ?", row.values[0])
            let gone = try database.all("SELECT n FROM aside_gone WHERE aside = ?", row.values[0])
            return Aside(
                key: row[0], first: Dot(replica, row[2]), device: row.values[3].isNull ? nil : row.bytes(3),
                reason: row[4], at: Timestamp(millisSince1970: row[5]), edits: row[6], bytes: row.bytes(7),
                boxes: Dictionary(uniqueKeysWithValues: boxes.map { ($0[0], $0.bytes(1)) }),
                gone: Set(gone.map { $0[0] }))
        }
    }
}
