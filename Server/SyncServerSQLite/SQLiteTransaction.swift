import Causality
import GRDB
import Membership
import SQLiteFile
import SyncServer
import Wire

/// The rows of a store in one SQLite file, within a transaction.
struct SQLiteTransaction: StoreTransaction {
    let database: Database
}

// MARK: - Devices

extension SQLiteTransaction {
    func device(_ id: DeviceID) throws -> StoredDevice? {
        try database.first(
            "SELECT id, signing_key, agreement_key, is_blocked, is_kept FROM device WHERE id = ?", id.bytes.value
        ).map(Self.device)
    }

    func devices() throws -> [StoredDevice] {
        try database.all("SELECT id, signing_key, agreement_key, is_blocked, is_kept FROM device ORDER BY id").map(
            Self.device)
    }

    private static func device(_ row: ColumnRow) throws -> StoredDevice {
        func key(_ column: Int) -> [UInt8]? { row.values[column].isNull ? nil : row.bytes(column) }
        return StoredDevice(
            try DeviceID(stored: row.bytes(0)), signingKey: key(1), agreementKey: key(2), isBlocked: row[3],
            isKept: row[4])
    }

    func put(_ device: StoredDevice) throws {
        try database.run(
            """
            INSERT INTO device (id, signing_key, agreement_key, is_blocked, is_kept) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET signing_key = excluded.signing_key, agreement_key = excluded.agreement_key,
                is_blocked = excluded.is_blocked, is_kept = excluded.is_kept
            """, device.id.bytes.value, device.signingKey.value, device.agreementKey.value, device.isBlocked.value,
            device.isKept.value)
    }

    func invitation(_ hash: Hash256) throws -> StoredInvitation? {
        try database.first("SELECT until, is_used FROM invitation WHERE hash = ?", hash.bytes.value).map {
            StoredInvitation(Invitation(hash: hash, untilMillis: $0[0]), isUsed: $0[1])
        }
    }

    func put(_ stored: StoredInvitation) throws {
        try database.run(
            """
            INSERT INTO invitation (hash, until, is_used) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET until = excluded.until, is_used = excluded.is_used
            """, stored.invitation.hash.bytes.value, stored.invitation.untilMillis.value, stored.isUsed.value)
    }

    func removeInvitations(expiringBy millis: Int) throws {
        try database.run("DELETE FROM invitation WHERE is_used OR until <= ?", millis.value)
    }
}

// MARK: - Spaces

extension SQLiteTransaction {
    func space(_ id: SpaceID) throws -> StoredSpace? {
        try database.first(
            "SELECT key, account, edits, bytes, kept, record_day, record_count FROM space WHERE id = ?", id.bytes.value
        ).map { row in
            StoredSpace(
                key: row[0], id: id, account: try Self.account(row, 1), editCount: row[2], byteCount: row[3],
                keptByteCount: row[4], recordDay: row[5], recordCount: row[6])
        }
    }

    private static func account(_ row: ColumnRow, _ column: Int) throws -> DeviceID? {
        row.values[column].isNull ? nil : try DeviceID(stored: row.bytes(column))
    }

    func addSpace(_ id: SpaceID, account: DeviceID?) throws -> StoredSpace {
        try database.run("INSERT INTO space (id, account) VALUES (?, ?)", id.bytes.value, (account?.bytes).value)
        return StoredSpace(key: database.lastInsertedRowID, id: id, account: account)
    }

    func put(_ space: StoredSpace) throws {
        try database.run(
            "UPDATE space SET edits = ?, bytes = ?, kept = ?, record_day = ?, record_count = ? WHERE key = ?",
            space.editCount.value, space.byteCount.value, space.keptByteCount.value, space.recordDay.value,
            space.recordCount.value, space.key.value)
    }

    func usage(of account: DeviceID) throws -> StoredUsage {
        let row = try database.first(
            "SELECT count(*), coalesce(sum(edits), 0), coalesce(sum(bytes + kept), 0) FROM space WHERE account = ?",
            account.bytes.value)
        return StoredUsage(spaceCount: row?[0] ?? 0, editCount: row?[1] ?? 0, byteCount: row?[2] ?? 0)
    }

    func statusOfSpaces() throws -> [StoreStatus.Space] {
        try database.all(
            """
            SELECT id, (SELECT count(*) FROM record WHERE space = key), edits, bytes, kept,
                (SELECT count(*) FROM aside WHERE aside.space = space.key),
                (SELECT coalesce(sum(length(bytes)), 0) FROM aside WHERE aside.space = space.key)
            FROM space ORDER BY id
            """
        ).map { row in
            StoreStatus.Space(
                id: try SpaceID(stored: row.bytes(0)), recordCount: row[1], editCount: row[2], byteCount: row[3],
                keptByteCount: row[4], quarantinedCount: row[5], quarantinedByteCount: row[6])
        }
    }

    func memberships(of device: DeviceID) throws -> [StoredMembership] {
        try database.all(
            """
            SELECT space.id, space.key, space.account, member.is_current
            FROM member JOIN space ON space.key = member.space WHERE member.device = ? ORDER BY space.id
            """, device.bytes.value
        ).map { row in
            StoredMembership(
                space: try SpaceID(stored: row.bytes(0)), key: row[1], account: try Self.account(row, 2),
                isCurrent: row[3])
        }
    }

    func setMembership(of device: DeviceID, in space: StoreKey, isCurrent: Bool?) throws {
        guard let isCurrent else {
            return try database.run(
                "DELETE FROM member WHERE device = ? AND space = ?", device.bytes.value, space.value)
        }
        try database.run(
            "INSERT INTO member VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET is_current = excluded.is_current",
            device.bytes.value, space.value, isCurrent.value)
    }
}

// MARK: - Membership logs

extension SQLiteTransaction {
    func records(of space: StoreKey, from position: Int) throws -> [[UInt8]] {
        try database.all(
            "SELECT bytes FROM record WHERE space = ? AND position >= ? ORDER BY position", space.value, position.value
        ).map { $0.bytes(0) }
    }

    func setRecords(_ records: [[UInt8]], of space: StoreKey, from position: Int) throws {
        try database.run("DELETE FROM record WHERE space = ? AND position >= ?", space.value, position.value)
        for (index, bytes) in zip(position..., records) {
            try database.run("INSERT INTO record VALUES (?, ?, ?)", space.value, index.value, bytes.value)
        }
    }

    func quarantinedRecordCount(of space: StoreKey) throws -> Int {
        try database.first("SELECT count(*) FROM aside_record WHERE space = ?", space.value)?[0] ?? 0
    }

    func quarantinedRecord(_ hash: Hash256, of space: StoreKey) throws -> [UInt8]? {
        try database.first(
            "SELECT bytes FROM aside_record WHERE space = ? AND hash = ?", space.value, hash.bytes.value)?.bytes(0)
    }

    func quarantineRecord(_ bytes: [UInt8], _ hash: Hash256, of space: StoreKey, at millis: Int) throws {
        try database.run(
            "INSERT INTO aside_record VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", space.value, hash.bytes.value,
            millis.value, bytes.value)
    }

    func removeQuarantinedRecord(_ hash: Hash256, of space: StoreKey) throws {
        try database.run("DELETE FROM aside_record WHERE space = ? AND hash = ?", space.value, hash.bytes.value)
    }
}

// MARK: - Feeds and clocks

extension SQLiteTransaction {
    func feed(_ replica: ReplicaID, of space: StoreKey) throws -> StoredFeed? {
        try database.first(
            "SELECT key, origin FROM line WHERE space = ? AND replica = ?", space.value, replica.column.value
        ).map { StoredFeed(key: $0[0], replica: replica, origin: try ReplicaOrigin(stored: $0.bytes(1))) }
    }

    func addFeed(_ replica: ReplicaID, _ origin: ReplicaOrigin, to space: StoreKey) throws -> StoreKey {
        try database.run(
            "INSERT INTO line (space, replica, origin) VALUES (?, ?, ?)", space.value, replica.column.value,
            origin.column.value)
        return database.lastInsertedRowID
    }

    func removeFeed(_ feed: StoreKey) throws {
        try database.run("DELETE FROM line WHERE key = ?", feed.value)
    }

    func replica(ofFeed feed: StoreKey) throws -> ReplicaID {
        guard let row = try database.first("SELECT replica FROM line WHERE key = ?", feed.value) else {
            throw StoreDamage("a feed")
        }
        return try ReplicaID(stored: row.bytes(0))
    }

    func feedCounts(of space: StoreKey, signingKey: [UInt8]) throws -> (all: Int, own: Int) {
        let row = try database.first(
            "SELECT count(*), coalesce(sum(substr(origin, 1, ?) = ?), 0) FROM line WHERE space = ?",
            ReplicaOrigin.deviceKeyByteCount.value, signingKey.value, space.value)
        return (row?[0] ?? 0, row?[1] ?? 0)
    }

    func tips(of space: StoreKey) throws -> [(feed: StoredFeed, tip: Tip)] {
        try database.all(
            """
            SELECT line.key, line.replica, line.origin, batch.first + batch.count - 1, batch.hash FROM line
            JOIN batch ON batch.line = line.key AND batch.first =
                (SELECT max(first) FROM batch WHERE line = line.key)
            WHERE line.space = ? ORDER BY line.replica
            """, space.value
        ).map { row in
            let feed = StoredFeed(
                key: row[0], replica: try ReplicaID(stored: row.bytes(1)),
                origin: try ReplicaOrigin(stored: row.bytes(2)))
            return (feed, Tip(Dot(feed.replica, row[3]), try Hash256(stored: row.bytes(4))))
        }
    }

    func clock(ofFeed feed: StoreKey) throws -> [Tip] {
        try database.all(
            """
            SELECT line.replica, clock.n, clock.hash FROM clock JOIN line ON line.key = clock.line
            WHERE clock.author = ? ORDER BY line.replica
            """, feed.value
        ).map { Tip(Dot(try ReplicaID(stored: $0.bytes(0)), $0[1]), try Hash256(stored: $0.bytes(2))) }
    }

    func setClock(ofFeed feed: StoreKey, seen other: StoreKey, _ tip: Tip) throws {
        try database.run(
            """
            INSERT INTO clock VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = excluded.n, hash = excluded.hash
            """, feed.value, other.value, tip.dot.n.value, tip.hash.bytes.value)
    }

    func removeClock(ofFeed feed: StoreKey) throws {
        try database.run("DELETE FROM clock WHERE author = ?", feed.value)
    }
}

// MARK: - Batches

extension SQLiteTransaction {
    func lastBatch(ofFeed feed: StoreKey, to number: Int) throws -> StoredBatch? {
        try database.first(
            """
            SELECT key, first, first + count - 1, head, hash FROM batch WHERE line = ? AND first <= ?
            ORDER BY first DESC LIMIT 1
            """, feed.value, number.value
        ).map { try Self.batch($0) }
    }

    func nextBatch(ofFeed feed: StoreKey, after number: Int) throws -> StoredBatch? {
        try database.first(
            """
            SELECT key, first, first + count - 1, head, hash FROM batch WHERE line = ? AND first > ?
            ORDER BY first LIMIT 1
            """, feed.value, number.value
        ).map { try Self.batch($0) }
    }

    /// Of the columns key, first, last, head, hash.
    private static func batch(_ row: ColumnRow, from column: Int = 0) throws -> StoredBatch {
        StoredBatch(
            key: row[column], first: row[column + 1], last: row[column + 2],
            head: try Hash256(stored: row.bytes(column + 3)), hash: try Hash256(stored: row.bytes(column + 4)))
    }

    func batch(_ key: StoreKey, _ boxes: StoredBoxes) throws -> Batch {
        let row = try database.first(
            """
            SELECT batch.line, batch.first, batch.count, batch.previous, batch.head, batch.epoch, batch.signature,
                batch.seen, line.replica, line.origin
            FROM batch JOIN line ON line.key = batch.line WHERE batch.key = ?
            """, key.value)
        guard let row else { throw StoreDamage("a batch") }
        let first: Int = row[1]
        let header = BatchHeader(
            replica: try ReplicaID(stored: row.bytes(8)), first: first, count: row[2],
            previous: try Hash256(stored: row.bytes(3)), seen: ColumnList.ends(row.bytes(7)),
            head: try Hash256(stored: row.bytes(4)), epoch: try Hash256(stored: row.bytes(5)),
            origin: first == 1 ? try ReplicaOrigin(stored: row.bytes(9)) : nil)
        let edits = try edits(ofFeed: row[0], first: first, count: header.count, boxes)
        guard edits.count == header.count else { throw StoreDamage("the edits of a batch") }
        return Batch(header, signature: row.bytes(6), edits: edits)
    }

    private func edits(ofFeed feed: StoreKey, first: Int, count: Int, _ boxes: StoredBoxes) throws -> [Edit] {
        let liveMin =
            switch boxes {
            case .none: Int.max
            case .live: 1
            case .all: 0
            }
        return try database.all(
            """
            SELECT entry.id, edit.tokens, edit.is_forget, edit.grp, edit.unread, edit.box_hash,
                edit.proof,
                CASE WHEN edit.live >= ? THEN (SELECT bytes FROM box WHERE box.edit = edit.key AND \(Self.boxIsThere)) END
            FROM edit JOIN entry ON entry.key = edit.entry
            WHERE edit.line = ? AND edit.n BETWEEN ? AND ? ORDER BY edit.n
            """, liveMin.value, feed.value, first.value, (first + count - 1).value
        ).map { row in
            Edit(try header(row), box: row.values[7].isNull ? nil : row.bytes(7))
        }
    }

    /// The header of an edit; columns are the entry's id, tokens, is_forget, grp, unread, box_hash, proof.
    private func header(_ row: ColumnRow) throws -> EditHeader {
        guard let entry = EntryID(row.bytes(0)) else { throw StoreDamage("an entry") }
        let isForget: Bool = row[2]
        return EditHeader(
            entry: entry, tokens: ColumnList.tokens(row.bytes(1)), isForget: isForget,
            proof: EntryProof(row.bytes(6)), group: row[3],
            unread: ColumnList.dots(row.bytes(4)), boxHash: isForget ? nil : try Hash256(stored: row.bytes(5)))
    }

    func history(of space: StoreKey) throws -> [StoredOutline] {
        try database.all(
            """
            SELECT batch.key, batch.first, batch.first + batch.count - 1, batch.head, batch.hash, batch.epoch,
                batch.seen, line.key, line.replica, line.origin
            FROM line JOIN batch ON batch.line = line.key WHERE line.space = ? ORDER BY batch.key
            """, space.value
        ).map { row in
            StoredOutline(
                feed: StoredFeed(
                    key: row[7], replica: try ReplicaID(stored: row.bytes(8)),
                    origin: try ReplicaOrigin(stored: row.bytes(9))),
                batch: try Self.batch(row), epoch: try Hash256(stored: row.bytes(5)),
                seen: ColumnList.ends(row.bytes(6)))
        }
    }

    func addBatch(_ header: BatchHeader, signature: [UInt8], hash: Hash256, to feed: StoreKey) throws {
        try database.run(
            """
            INSERT INTO batch (line, first, count, previous, head, epoch, seen, signature, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, feed.value, header.first.value, header.count.value, header.previous.bytes.value,
            header.head.bytes.value, header.epoch.bytes.value, ColumnList.bytes(header.seen).value, signature.value,
            hash.bytes.value)
    }

    func removeBatch(_ key: StoreKey) throws -> (entries: [StoreKey], erasedByteCount: Int) {
        let rows = try database.all(
            """
            SELECT edit.key, edit.entry, CASE WHEN \(Self.boxIsThere) THEN 0 ELSE length(box.bytes) END
            FROM batch JOIN edit ON edit.line = batch.line AND edit.n BETWEEN batch.first AND batch.first + batch.count - 1
            LEFT JOIN box ON box.edit = edit.key WHERE batch.key = ?
            """, key.value)
        var erased = 0
        for row in rows {
            let edit: StoreKey = row[0]
            erased += row.integer(2) ?? 0
            // Zeroed first, since deleting may leave another copy.
            try database.run("UPDATE box SET bytes = zeroblob(length(bytes)) WHERE edit = ?", edit.value)
            try database.run("DELETE FROM box WHERE edit = ?", edit.value)
            try database.run("DELETE FROM edit WHERE key = ?", edit.value)
        }
        try database.run("DELETE FROM batch WHERE key = ?", key.value)
        try boxesMoved()
        return (rows.map { $0[1] }, erased)
    }
}

// MARK: - Entries and edits

extension SQLiteTransaction {
    func entry(_ id: EntryID, in space: StoreKey) throws -> (entry: StoredEntry, isNew: Bool) {
        try database.run(
            "INSERT INTO entry (space, id) VALUES (?, ?) ON CONFLICT DO NOTHING", space.value, id.bytes.value)
        if database.changesCount > 0 {
            return (StoredEntry(key: database.lastInsertedRowID, id: id, isForgotten: false), true)
        }
        let row = try database.first(
            "SELECT key, is_forgotten FROM entry WHERE id = ? AND space = ?", id.bytes.value, space.value)
        guard let row else { throw StoreDamage("an entry") }
        return (StoredEntry(key: row[0], id: id, isForgotten: row[1]), false)
    }

    func removeEntry(_ entry: StoreKey) throws {
        try database.run("DELETE FROM live WHERE entry = ?", entry.value)
        try database.run("DELETE FROM entry WHERE key = ?", entry.value)
    }

    func add(_ edit: Edit, at number: Int, ofBatch first: Int, _ place: StoredPlace, isErased: Bool) throws {
        let header = edit.header
        try database.run(
            """
            INSERT INTO edit (space, line, n, first, entry, grp, is_forget, tokens, unread, box_hash, lacks_box, live,
                proof)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, place.space.value, place.feed.value, number.value, first.value, place.entry.value, header.group.value,
            header.isForget.value, ColumnList.bytes(header.tokens).value, ColumnList.bytes(header.unread).value,
            (header.boxHash?.bytes).value, (!isErased && edit.box == nil).value,
            (isErased ? 0 : header.tokens.count).value, (header.proof?.bytes).value)
        guard !isErased else { return }
        if let box = edit.box {
            try database.run("INSERT INTO box (edit, bytes) VALUES (?, ?)", database.lastInsertedRowID.value, box.value)
        }
        for token in header.tokens {
            try database.run(
                "INSERT INTO live VALUES (?, ?, ?, ?)", place.entry.value, token.column.value, place.feed.value,
                number.value)
        }
    }

    func edits(of entry: StoreKey) throws -> [StoredEdit] {
        try database.all(
            """
            SELECT edit.line, line.replica, edit.n, edit.first, edit.is_forget, edit.tokens, edit.unread
            FROM edit JOIN line ON line.key = edit.line WHERE edit.entry = ? ORDER BY edit.key
            """, entry.value
        ).map { row in
            let replica = try ReplicaID(stored: row.bytes(1))
            return StoredEdit(
                feed: row[0], dot: Dot(replica, row[2]), batch: Dot(replica, row[3]), isForget: row[4],
                tokens: ColumnList.tokens(row.bytes(5)), unread: ColumnList.dots(row.bytes(6)))
        }
    }

    func live(in entry: StoreKey, _ token: FieldToken, ofFeed feed: StoreKey, othersMax: Int) throws -> [StoredLive] {
        let own = try database.all(
            "SELECT line, n FROM live WHERE entry = ? AND token = ? AND line = ?", entry.value, token.column.value,
            feed.value)
        let others = try database.all(
            "SELECT line, n FROM live WHERE entry = ? AND token = ? AND line != ? LIMIT ?", entry.value,
            token.column.value, feed.value, othersMax.value)
        return (own + others).map { StoredLive(feed: $0[0], n: $0[1]) }
    }

    func removeLive(_ live: StoredLive, in entry: StoreKey, _ token: FieldToken) throws {
        try database.run(
            "DELETE FROM live WHERE entry = ? AND token = ? AND line = ? AND n = ?", entry.value, token.column.value,
            live.feed.value, live.n.value)
    }

    func lowerLiveCount(of edit: StoredLive, by count: Int) throws {
        try database.run(
            "UPDATE edit SET live = live - ? WHERE line = ? AND n = ?", count.value, edit.feed.value, edit.n.value)
    }

    func setLive(_ live: [FieldToken: [StoredLive]], in entry: StoreKey) throws {
        try database.run("DELETE FROM live WHERE entry = ?", entry.value)
        try database.run("UPDATE entry SET is_forgotten = 0 WHERE key = ?", entry.value)
        try database.run(
            """
            UPDATE edit SET live = 0, lacks_box = NOT EXISTS
                (SELECT 1 FROM box WHERE box.edit = edit.key AND \(Self.boxIsThere))
            WHERE entry = ?
            """, entry.value)
        for (token, edits) in live {
            for edit in edits {
                try database.run(
                    "INSERT INTO live VALUES (?, ?, ?, ?)", entry.value, token.column.value, edit.feed.value,
                    edit.n.value)
                try database.run(
                    "UPDATE edit SET live = live + 1 WHERE line = ? AND n = ?", edit.feed.value, edit.n.value)
            }
        }
    }
}

// MARK: - Boxes

extension SQLiteTransaction {
    func box(of dot: Dot, in space: StoreKey) throws -> [UInt8]? {
        try database.first(
            """
            SELECT box.bytes FROM line JOIN edit ON edit.line = line.key JOIN box ON box.edit = edit.key
            WHERE line.space = ? AND line.replica = ? AND edit.n = ? AND \(Self.boxIsThere)
            """, space.value, dot.replica.column.value, dot.n.value)?.bytes(0)
    }

    func missingBox(of dot: Dot, in space: StoreKey) throws -> (edit: StoreKey, hash: Hash256)? {
        try database.first(
            """
            SELECT edit.key, edit.box_hash FROM line JOIN edit ON edit.line = line.key
            WHERE line.space = ? AND line.replica = ? AND edit.n = ? AND edit.lacks_box = 1
            """, space.value, dot.replica.column.value, dot.n.value
        ).map { ($0[0], try Hash256(stored: $0.bytes(1))) }
    }

    func missingBoxes(of space: StoreKey, after edit: StoreKey, while visit: (Dot, StoreKey) throws -> Bool) throws {
        try database.visit(
            """
            SELECT line.replica, edit.n, edit.key FROM edit INDEXED BY edit_lacking JOIN line ON line.key = edit.line
            WHERE edit.space = ? AND edit.lacks_box = 1 AND edit.key > ? ORDER BY edit.key
            """, space.value, edit.value,
            while: { row in try visit(Dot(try ReplicaID(stored: row.bytes(0)), row[1]), row[2]) })
    }

    func addBox(_ bytes: [UInt8], to edit: StoreKey) throws {
        try database.run(
            "INSERT INTO box (edit, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes", edit.value,
            bytes.value)
        try boxesMoved()
        try database.run("UPDATE edit SET lacks_box = 0 WHERE key = ?", edit.value)
    }

    /// Whether a row of `box` holds a box, rather than the zeros of an erased one.
    private static let boxIsThere = "box.bytes != zeroblob(length(box.bytes))"
}

// MARK: - Erasing

/// Removing boxes from the disk.
///
/// Deleting a row does not erase it: when its neighbours move to other pages, SQLite leaves copies in the unused
/// middle of the old pages, which `secure_delete` does not reach. So a box is overwritten in place, and its row stays
/// as zeros of the same length within its page, so no page needs to be rebuilt. Pages that hold nothing else are
/// freed, which zeroes them. Afterwards only the write-ahead log must be emptied.
extension SQLiteTransaction {
    func erase(_ entry: StoredEntry, in space: StoreKey) throws -> (freed: Int, kept: Int) {
        var freed = 0
        var kept = 0
        for row in try database.all(
            """
            SELECT box.edit, length(box.bytes) FROM edit JOIN box ON box.edit = edit.key
            WHERE edit.entry = ? AND \(Self.boxIsThere)
            """, entry.key.value)
        {
            let place = Self.placeLength(ofBox: row[1])
            try database.run("UPDATE box SET bytes = zeroblob(?) WHERE edit = ?", place.value, (row[0] as Int64).value)
            freed += row[1]
            kept += place
        }
        try eraseQuarantined(entry.id, in: space)
        try database.run("UPDATE edit SET lacks_box = 0, live = 0 WHERE entry = ?", entry.key.value)
        try database.run("DELETE FROM live WHERE entry = ?", entry.key.value)
        try database.run("UPDATE entry SET is_forgotten = 1 WHERE key = ?", entry.key.value)
        try database.run("INSERT INTO setting VALUES ('forgotten', 1) ON CONFLICT DO UPDATE SET value = value + 1")
        return (freed, kept)
    }

    /// How many zeros replace a box without rebuilding its page: as many bytes as the page held of it.
    ///
    /// SQLite continues content that does not fit in a page of 4,096 bytes on overflow pages, which are freed.
    private static func placeLength(ofBox length: Int) -> Int {
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

    /// The number of entries that were erased since the last scrub; `nil` if none.
    var erasedCount: Int? {
        get throws { try database.first("SELECT value FROM setting WHERE name = 'forgotten'")?[0] }
    }

    var isScrubDue: Bool { get throws { try erasedCount != nil } }

    /// Whether rows of `box` moved, so that copies of their neighbours may be left in unused space.
    var hasMoved: Bool {
        get throws { try database.first("SELECT 1 FROM setting WHERE name = 'moved'") != nil }
    }

    private func boxesMoved() throws {
        try database.run("INSERT INTO setting VALUES ('moved', 1) ON CONFLICT DO NOTHING")
    }

    /// Records that this many erased entries are scrubbed. Returns whether no more were erased meanwhile.
    func scrubbed(_ count: Int, isRebuilt: Bool) throws -> Bool {
        try database.run("DELETE FROM setting WHERE name = 'forgotten' AND value = ?", count.value)
        guard try !isScrubDue else { return false }
        if isRebuilt { try database.run("DELETE FROM setting WHERE name = 'moved'") }
        return true
    }
}

// MARK: - Quarantine

extension SQLiteTransaction {
    func quarantine(
        _ batch: Batch, hash: Hash256, reason: ErrorCode, of id: SpaceID, _ space: StoreKey, at millis: Int
    ) throws -> Bool {
        try database.run(
            "INSERT INTO aside (space, hash, reason, at, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            space.value, hash.bytes.value, reason.rawValue.value, millis.value,
            MessageWriter.bytes(of: .batch(id, batch)).value)
        guard database.changesCount > 0 else { return false }
        try index(database.lastInsertedRowID, batch, of: space)
        return true
    }

    /// Indexes the entries whose boxes a quarantined batch holds.
    private func index(_ quarantined: StoreKey, _ batch: Batch, of space: StoreKey) throws {
        for entry in Set(batch.edits.filter { $0.box != nil }.map(\.header.entry)) {
            try database.run(
                "INSERT INTO aside_entry VALUES (?, ?, ?) ON CONFLICT DO NOTHING", space.value, entry.bytes.value,
                quarantined.value)
        }
    }

    /// Indexes the entries of batches that were quarantined before that index existed.
    func indexQuarantine() throws {
        guard try database.first("SELECT 1 FROM setting WHERE name = 'aside_unread'") != nil else { return }
        try database.each("SELECT key, bytes, space FROM aside ORDER BY key") { row in
            try index(row[0], try Self.quarantined(row.bytes(1)).batch, of: row[2])
        }
        try database.run("DELETE FROM setting WHERE name = 'aside_unread'")
    }

    /// Erases the boxes of an entry in quarantined batches.
    private func eraseQuarantined(_ entry: EntryID, in space: StoreKey) throws {
        for row in try database.all(
            "SELECT aside FROM aside_entry WHERE space = ? AND entry = ?", space.value, entry.bytes.value)
        {
            try erase(entry, inQuarantined: row[0])
        }
        try database.run("DELETE FROM aside_entry WHERE space = ? AND entry = ?", space.value, entry.bytes.value)
    }

    private func erase(_ entry: EntryID, inQuarantined key: StoreKey) throws {
        guard let row = try database.first("SELECT bytes FROM aside WHERE key = ?", key.value) else { return }
        var (space, batch) = try Self.quarantined(row.bytes(0))
        for index in batch.edits.indices where batch.edits[index].header.entry == entry { batch.edits[index].box = nil }
        let bytes = MessageWriter.bytes(of: .batch(space, batch))
        // Padded to the former length, so that the row stays in place: a stub is shorter than its box.
        let rest = [UInt8](repeating: UInt8(ascii: " "), count: max(0, row.bytes(0).count - bytes.count))
        try database.run("UPDATE aside SET bytes = ? WHERE key = ?", (bytes + rest).value, key.value)
    }

    /// Reads a quarantined batch, ignoring the padding of erased boxes.
    private static func quarantined(_ bytes: [UInt8]) throws -> (space: SpaceID, batch: Batch) {
        let end = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        var reader = MessageReader(lineLengthMax: WireLimits.lineLengthMax, hash: Hash256.sha256)
        guard case .batch(let space, let batch)? = try? reader.read(bytes[..<end]).first?.message else {
            throw StoreDamage("a batch that was quarantined")
        }
        return (space, batch)
    }
}
