import CanonicalJSON
public import Causality
import GRDB
public import Records
import SQLiteFile

/// Writes to one space within a transaction.
public final class StoreWriter {
    let database: Database
    let space: Space
    let keyring: Keyring
    /// A cache of feeds' rows.
    var feeds: [ReplicaID: Int64] = [:]
    /// For each feed, the author whose name was last verified.
    var honest: [Int64: JSONValue] = [:]
    /// Entries with changed edits, to be projected once at the end.
    var changed: [Int64: ChangedEntry] = [:]
    /// The full-text index, once it was used.
    var wordIndex: WordIndex?
    /// The open batch of this device, once it was read.
    var open: OpenBatch?
    /// The last dot of this device's current feed.
    public internal(set) var lastOwnDot: Dot?

    init(database: Database, space: Space, keyring: Keyring) {
        self.database = database
        self.space = space
        self.keyring = keyring
    }

    public var reader: StoreReader { StoreReader(database: database) }

    /// An edit that this device is about to write.
    public struct Draft: Sendable {
        public let entry: EntryID
        /// `nil` for a forget.
        public let content: EditContent?
        /// The proof of authorship of a forget.
        let proof: EntryProof?

        public init(_ entry: EntryID, _ content: EditContent) {
            self.entry = entry
            self.content = content
            proof = nil
        }

        /// Erases the entry everywhere, at once: the caller has checked that others accept it.
        public init(forgetting entry: EntryID, proof: EntryProof? = nil) {
            self.entry = entry
            self.proof = proof
            content = nil
        }
    }

    /// Writes one group of edits: one local transaction, which other replicas take as a whole.
    ///
    /// - Returns: their dots, in order.
    /// - Throws: ``StoreError``; the transaction must then be rolled back.
    /// - Precondition: each edit that is not a forget sets a field.
    @discardableResult
    public func append(_ group: [Draft]) throws -> [Dot] {
        guard !group.isEmpty else { return [] }
        guard group.count <= CausalityLimits.editsPerBatchMax else { throw StoreError.groupTooLarge }
        var forgotten: Set<EntryID> = []
        let edits = try group.map { draft in
            guard !forgotten.contains(draft.entry) else { throw StoreError.forgotten(draft.entry) }
            if draft.content == nil { forgotten.insert(draft.entry) }
            return try prepare(draft)
        }
        // An `unread` dot covers the rest of its feed, which must not include what this device writes next.
        let unread = Set(edits.flatMap(\.unread).map(\.replica))
        if !unread.isEmpty, let own = try ownFeed(), unread.contains(own.replica) { try beginOwnFeed() }
        var batch = try openBatch(roomFor: edits.count, bytes: edits.reduce(0) { $0 + $1.lineLengthMax })
        let group = batch.end + 1
        let dots = try edits.map { edit in
            let dot = Dot(batch.replica, batch.end + 1)
            try write(edit, at: dot, group: group, in: &batch)
            return dot
        }
        open = batch
        lastOwnDot = dots.last ?? lastOwnDot
        return dots
    }

    private struct Prepared {
        let draft: Draft
        let entry: EntryRow
        let tokens: [FieldToken]
        let unread: [Dot]
        /// The content to be sealed; `nil` for a forget.
        let content: [UInt8]?

        /// The upper bound of its encoded length.
        var lineLengthMax: Int {
            // A box adds nonce, tag and padding: at most an eighth and a hundred bytes.
            let box = content.map { $0.count + $0.count / 8 + 128 } ?? 0
            return OpenBatch.lineLength(boxBytes: box, tokens: tokens.count, unread: unread.count)
        }
    }

    private func prepare(_ draft: Draft) throws -> Prepared {
        let entry = try entryRow(draft.entry)
        guard !entry.isForgotten else { throw StoreError.forgotten(draft.entry) }
        let names = draft.content.map(\.fields.keys) ?? [:].keys
        precondition(draft.content == nil || !names.isEmpty, "an edit sets a field")
        let content = draft.content?.bytes
        guard content?.count ?? 0 <= RecordLimits.editBytesMax, names.count <= CausalityLimits.tokensPerEditMax else {
            throw StoreError.editTooLarge
        }
        let tokens = names.map { keyring.token($0, draft.entry) }.sorted()
        return Prepared(
            draft: draft, entry: entry, tokens: tokens, unread: entry.isNew ? [] : try unread(of: entry.key, tokens),
            content: content)
    }

    private func write(_ edit: Prepared, at dot: Dot, group: Int, in batch: inout OpenBatch) throws {
        func header(_ boxHash: Hash256?) -> EditHeader {
            EditHeader(
                entry: edit.draft.entry, tokens: edit.tokens, isForget: edit.content == nil,
                proof: edit.draft.proof, group: group, unread: edit.unread, boxHash: boxHash)
        }
        let box = try edit.content.map { try keyring.seal($0, header(nil), dot) }
        let written = Edit(header(box.map(keyring.hash)), box: box)
        try insert(
            written, edit.draft.content, at: dot, feed: batch.feed, first: batch.first, entry: edit.entry.key)
        batch.add(written)
        guard let content = edit.draft.content else { return try forget(edit.entry.key) }
        let context = CausalContext(dot: dot, seen: batch.seen, unread: edit.unread)
        try merge(content, edit.tokens, context, feed: batch.feed, entry: edit.entry)
    }

    /// Inserts an edit's row, with the values that its content has as a whole.
    func insert(
        _ edit: Edit, _ content: EditContent?, at dot: Dot, feed: Int64, first: Int, entry: Int64, state: Int = 0
    ) throws {
        let header = edit.header
        try database.run(
            """
            INSERT INTO edit (line, n, first, entry, grp, is_forget, state, tokens, unread, box_hash, box, at, label,
                is_undo, proof)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            feed.value, dot.n.value, first.value, entry.value, header.group.value, header.isForget.value,
            state.value, ColumnList.bytes(header.tokens).value, ColumnList.bytes(header.unread).value,
            header.boxHash?.bytes.value ?? .null, edit.box?.value ?? .null, (content?.at.millisSince1970).value,
            content?.label?.string.value ?? .null, (content?.undoes.isEmpty == false).value,
            header.proof?.bytes.value ?? .null)
        try mark(undone: content?.undoes ?? [], of: entry)
    }

    /// Marks edits as undone; an edit undoes edits of its own entry only.
    func mark(undone dots: [Dot], of entry: Int64) throws {
        for dot in dots {
            guard let feed = try feed(of: dot.replica) else { continue }
            try database.run(
                "INSERT OR IGNORE INTO undone SELECT line, n FROM edit WHERE line = ? AND n = ? AND entry = ?",
                feed.value, dot.n.value, entry.value)
        }
    }

    /// The row of a feed that is held; `nil` if nothing of it is.
    func feed(of replica: ReplicaID) throws -> Int64? {
        if let known = feeds[replica] { return known }
        let key = try reader.feed(of: replica, in: space)
        feeds[replica] = key
        return key
    }

    /// The edits of an entry that this device could not read and would replace, one dot per feed: edits that cannot
    /// be opened, and live values of these fields whose boxes are missing. A dot covers the rest of its feed.
    private func unread(of entry: Int64, _ tokens: [FieldToken]) throws -> [Dot] {
        var firsts: [Int64: Int] = [:]
        func add(_ row: ColumnRow, at column: Int) {
            let (feed, n): (Int64, Int) = (row[column], row[column + 1])
            firsts[feed] = min(n, firsts[feed] ?? n)
        }
        for row in try database.all("SELECT line, n FROM edit WHERE entry = ? AND state = 2", entry.value) {
            add(row, at: 0)
        }
        for row in try database.all("SELECT token, line, n FROM lacking WHERE entry = ?", entry.value)
        where tokens.contains(FieldToken(column: row[0])) {
            add(row, at: 1)
        }
        return try firsts.map { Dot(try reader.replica(ofFeed: $0), $1) }.sorted()
    }
}

// MARK: - Batches

/// Batches of this device: opened by an edit, and closed at their limits, before anything is received, and before
/// they are first sent.
extension StoreWriter {
    /// The open batch, or a new one if there is none or the group does not fit.
    private func openBatch(roomFor count: Int, bytes: Int) throws -> OpenBatch {
        guard bytes <= OpenBatch.groupBytesMax else { throw StoreError.groupTooLarge }
        if let batch = try open ?? storedOpenBatch() {
            let hasRoom =
                batch.count + count <= CausalityLimits.editsPerBatchMax
                && batch.headerBytes + batch.bytes + bytes <= OpenBatch.bytesMax
            if hasRoom, batch.head == keyring.head, batch.epoch == keyring.epoch { return batch }
            open = batch
            try closeBatch()
        }
        let batch = try beginBatch()
        // A clock of thousands of rows leaves less room; the transaction fails then.
        guard batch.headerBytes + bytes <= OpenBatch.bytesMax else { throw StoreError.groupTooLarge }
        return batch
    }

    /// Signs the open batch, if there is one; it cannot grow any more.
    public func closeBatch() throws {
        guard let batch = try open ?? storedOpenBatch() else { return }
        open = nil
        try store(batch)
        let row = try database.first(
            "SELECT previous, origin FROM batch JOIN line ON line.key = line WHERE line = ? AND first = ?",
            batch.feed.value, batch.first.value)
        guard let row, let previous = Hash256(row.bytes(0)) else { throw StoreError.inconsistent("the open batch") }
        let edits = try reader.headers(ofFeed: batch.feed, first: batch.first)
        let seen = try reader.seenRows(by: batch.feed, at: batch.first)
        let header = BatchHeader(
            replica: batch.replica, first: batch.first, count: batch.count, previous: previous, seen: seen,
            head: batch.head, epoch: batch.epoch,
            origin: batch.first == 1 ? ReplicaOrigin(column: row.bytes(1)) : nil)
        let hash = header.feedHash(of: edits, keyring.hash)
        try database.run(
            "UPDATE batch SET signature = ?, hash = ? WHERE line = ? AND first = ?", keyring.sign(hash).value,
            hash.bytes.value, batch.feed.value, batch.first.value)
    }

    /// Signs the open batch if the server holds all earlier edits. Otherwise a transfer is in progress, and edits
    /// written meanwhile are batched.
    public func closeBatchIfNothingElseWaits() throws {
        guard let batch = open, try reader.waitingCount(in: space) == batch.count else { return }
        try closeBatch()
    }

    /// Stores the size of the open batch.
    func store(_ batch: OpenBatch) throws {
        try database.run(
            "UPDATE batch SET count = ?, bytes = ? WHERE line = ? AND first = ?", batch.count.value,
            batch.bytes.value, batch.feed.value, batch.first.value)
    }

    /// Starts a new feed for this device: the old one may be continued by a copy.
    ///
    /// - Throws: ``StoreError/tooManyFeeds`` beyond the limit of feeds per device.
    func beginOwnFeed() throws {
        try closeBatch()
        guard try reader.ownFeedCount(in: space) < CausalityLimits.feedsPerDeviceMax else {
            throw StoreError.tooManyFeeds
        }
        let origin = keyring.newOrigin()
        let feed = try insertFeed(origin.replica(keyring.hash), origin)
        try database.run("UPDATE space SET own_line = ? WHERE key = ?", feed.value, space.key.value)
    }

    private func storedOpenBatch() throws -> OpenBatch? {
        guard let (feed, replica) = try ownFeed() else { return nil }
        let row = try database.first(
            "SELECT first, count, bytes, head, epoch, hash IS NULL FROM batch WHERE line = ? ORDER BY first DESC LIMIT 1",
            feed.value)
        guard let row, row[5] else { return nil }
        guard let head = Hash256(row.bytes(3)), let epoch = Hash256(row.bytes(4)) else {
            throw StoreError.inconsistent("the open batch")
        }
        let seen = try reader.seen(by: feed, at: row[0]).clock
        let rows = try reader.seenRows(by: feed, at: row[0]).count
        return OpenBatch(
            feed: feed, replica: replica, first: row[0], seen: seen, head: head, epoch: epoch, count: row[1],
            bytes: row[2], headerBytes: OpenBatch.headerLength(rows: rows))
    }

    private func ownFeed() throws -> (key: Int64, replica: ReplicaID)? {
        let row = try database.first(
            "SELECT line.key, line.replica FROM space JOIN line ON line.key = space.own_line WHERE space.key = ?",
            space.key.value)
        guard let row, let replica = ReplicaID(column: row.bytes(1)) else { return nil }
        return (row[0], replica)
    }

    private func beginBatch() throws -> OpenBatch {
        if let (feed, _) = try ownFeed() {
            let last = try database.first(
                "SELECT head FROM batch WHERE line = ? ORDER BY first DESC LIMIT 1", feed.value)
            if let last, let head = Hash256(last.bytes(0)), head != keyring.head, !keyring.mayFollow(head) {
                try beginOwnFeed()
            }
        } else {
            try beginOwnFeed()
        }
        guard let (feed, replica) = try ownFeed() else { throw StoreError.inconsistent("no feed of this device") }
        let state = try reader.feedState(feed, replica, in: space, keyring.hash)
        let held = try reader.frontier(of: space)
        let first = state.end.dot.n + 1
        try database.run(
            "INSERT INTO batch (line, first, count, bytes, previous, head, epoch) VALUES (?, ?, 1, 0, ?, ?, ?)",
            feed.value, first.value, state.end.hash.bytes.value, keyring.head.bytes.value,
            keyring.epoch.bytes.value)
        var seen = VectorClock()
        var rows = 0
        for end in held.ends where end.dot.replica != replica {
            seen.advance(to: end.dot)
            guard end.dot.n > state.seen[end.dot.replica]?.dot.n ?? 0, let key = try self.feed(of: end.dot.replica)
            else { continue }
            try database.run(
                "INSERT INTO seen (author, line, first, n, hash) VALUES (?, ?, ?, ?, ?)", feed.value, key.value,
                first.value, end.dot.n.value, end.hash.bytes.value)
            rows += 1
        }
        return OpenBatch(
            feed: feed, replica: replica, first: first, seen: seen, head: keyring.head, epoch: keyring.epoch, count: 0,
            bytes: 0, headerBytes: OpenBatch.headerLength(rows: rows))
    }
}

/// The batch that this device is writing: growing, and not signed yet.
struct OpenBatch {
    let feed: Int64
    let replica: ReplicaID
    let first: Int
    /// The clock of all other feeds that are held.
    let seen: VectorClock
    let head: Hash256
    /// The current epoch at its head, whose key seals all of its boxes.
    let epoch: Hash256
    var count: Int
    /// The upper bound of its edits' encoded length in bytes.
    var bytes: Int
    /// The upper bound of its header's encoded length: it contains the rows of the clock that changed.
    let headerBytes: Int

    /// The number of the feed's last edit.
    var end: Int { first + count - 1 }

    mutating func add(_ edit: Edit) {
        count += 1
        bytes += Self.lineLength(
            boxBytes: edit.box?.count ?? 0, tokens: edit.header.tokens.count, unread: edit.header.unread.count)
    }

    /// The most bytes of an encoded batch, including its header; also in `Protocol/SPEC.md`.
    static let bytesMax = 512 * 1024
    /// The most bytes of the encoded edits of one group: leaves room for a clock of a few hundred rows.
    static let groupBytesMax = bytesMax - 32 * 1024

    /// The upper bound of a header's encoded length: a row is a replica, a number and a hash.
    static func headerLength(rows: Int) -> Int { 1024 + rows * 88 }

    /// The upper bound of an edit's encoded length: boxes are base64url, tokens and dots are text.
    static func lineLength(boxBytes: Int, tokens: Int, unread: Int) -> Int {
        256 + (boxBytes + 2) / 3 * 4 + tokens * 19 + unread * 40
    }
}
