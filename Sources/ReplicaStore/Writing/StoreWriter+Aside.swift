public import Causality
import GRDB
import SQLiteFile
public import Records

/// What is kept outside of log and clock: bytes and signature, for people to look at.
extension StoreWriter {
    /// Keeps a batch that cannot be taken. One that is kept already stays as it is.
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
        try setAside(
            batch, edits: Set(batch.dotted.map(\.dot)), device: origin?.deviceKey, reason: reason, at: at,
            encode: encode)
    }

    func setAside(
        _ batch: Batch, edits: Set<Dot>, device: [UInt8]?, reason: String, at: Timestamp, encode: (Batch) -> [UInt8]
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
            INSERT INTO aside (space, replica, first, hash, device, reason, at, edits, bytes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """, space.key.value, batch.header.replica.column.value, batch.header.first.value,
            batch.lineEnd(keyring.hash).hash.bytes.value, device?.value ?? .null, reason.value,
            at.millisSince1970.value, kept.count.value, encode(bare).value)
        guard database.changesCount > 0 else { return }
        let key = database.lastInsertedRowID
        for (dot, edit) in kept {
            guard let box = edit.box else { continue }
            try database.run(
                "INSERT INTO aside_box VALUES (?, ?, ?, ?)", key.value, dot.n.value, edit.header.entry.bytes.value,
                box.value)
        }
    }

    /// A batch that was set aside is held now.
    func takeFromAside(_ end: LineEnd) throws {
        let row = try database.first(
            "SELECT key FROM aside WHERE space = ? AND hash = ?", space.key.value, end.hash.bytes.value)
        guard let row else { return }
        try database.run("DELETE FROM aside_box WHERE aside = ?", row.values[0])
        try database.run("DELETE FROM aside WHERE key = ?", row.values[0])
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
    }

    /// What is set aside, in the order in which that happened.
    public func aside(in space: Space) throws -> [Aside] {
        try database.all(
            "SELECT key, replica, first, device, reason, at, edits, bytes FROM aside WHERE space = ? ORDER BY key",
            space.key.value
        ).map { row in
            guard let replica = ReplicaID(column: row.bytes(1)) else { throw StoreError.inconsistent("a batch aside") }
            let boxes = try database.all("SELECT n, box FROM aside_box WHERE aside = ?", row.values[0])
            return Aside(
                first: Dot(replica, row[2]), device: row.values[3].isNull ? nil : row.bytes(3),
                reason: row[4], at: Timestamp(millisSince1970: row[5]), edits: row[6], bytes: row.bytes(7),
                boxes: Dictionary(uniqueKeysWithValues: boxes.map { ($0[0], $0.bytes(1)) }))
        }
    }
}
