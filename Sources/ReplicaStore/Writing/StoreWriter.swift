import CanonicalJSON
public import Causality
import GRDB
import SQLiteFile
public import Records

/// Writes to one space within a transaction.
public final class StoreWriter {
    let database: Database
    let space: Space
    let keyring: Keyring
    /// A cache of feeds' rows.
    var lines: [ReplicaID: Int64] = [:]
    /// For each feed, the author whose name was last verified.
    var honest: [Int64: JSONValue] = [:]
    /// Entries with changed edits, to be projected once at the end.
    var changed: [Int64: ChangedEntry] = [:]
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
        if !unread.isEmpty, let own = try ownLine(), unread.contains(own.replica) { try leaveLine() }
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
            written, edit.draft.content, at: dot, line: batch.line, first: batch.first, entry: edit.entry.key)
        batch.add(written)
        guard let content = edit.draft.content else { return try forget(edit.entry.key) }
        let context = CausalContext(dot: dot, seen: batch.seen, unread: edit.unread)
        try merge(content, edit.tokens, context, line: batch.line, entry: edit.entry)
    }

    /// Inserts an edit's row, with the values that its content has as a whole.
    func insert(
        _ edit: Edit, _ content: EditContent?, at dot: Dot, line: Int64, first: Int, entry: Int64, state: Int = 0
    ) throws {
        let header = edit.header
        try database.run(
            """
            INSERT INTO edit (line, n, first, entry, grp, is_forget, state, tokens, unread, box_hash, box, at, label,
                is_undo, proof)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            line.value, dot.n.value, first.value, entry.value, header.group.value, header.isForget.value,
            state.value, ColumnList.bytes(header.tokens).value, ColumnList.bytes(header.unread).value,
            header.boxHash?.bytes.value ?? .null, edit.box?.value ?? .null, (content?.at.millisSince1970).value,
            content?.label?.string.value ?? .null, (content?.undoes.isEmpty == false).value,
            header.proof?.bytes.value ?? .null)
        try mark(undone: content?.undoes ?? [], of: entry)
    }

    /// Marks edits as undone; an edit undoes edits of its own entry only.
    func mark(undone dots: [Dot], of entry: Int64) throws {
        for dot in dots {
            guard let line = try line(of: dot.replica) else { continue }
            try database.run(
                "INSERT OR IGNORE INTO undone SELECT line, n FROM edit WHERE line = ? AND n = ? AND entry = ?",
                line.value, dot.n.value, entry.value)
        }
    }

    /// The row of a feed that is held; `nil` if nothing of it is.
    func line(of replica: ReplicaID) throws -> Int64? {
        if let known = lines[replica] { return known }
        let key = try reader.line(of: replica, in: space)
        lines[replica] = key
        return key
    }

    /// The edits of an entry that this device could not read and would replace, one dot per feed: edits that cannot
    /// be opened, and live values of these fields whose boxes are missing. A dot covers the rest of its feed.
    private func unread(of entry: Int64, _ tokens: [FieldToken]) throws -> [Dot] {
        var firsts: [Int64: Int] = [:]
        func add(_ row: ColumnRow, at column: Int) {
            let (line, n): (Int64, Int) = (row[column], row[column + 1])
            firsts[line] = min(n, firsts[line] ?? n)
        }
        for row in try database.all("SELECT line, n FROM edit WHERE entry = ? AND state = 2", entry.value) {
            add(row, at: 0)
        }
        for row in try database.all("SELECT token, line, n FROM lacking WHERE entry = ?", entry.value)
        where tokens.contains(FieldToken(column: row[0])) {
            add(row, at: 1)
        }
        return try firsts.map { Dot(try reader.replica(ofLine: $0), $1) }.sorted()
    }
}
