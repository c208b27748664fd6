import CanonicalJSON
public import Causality
import GRDB
public import Records
import SQLiteFile

/// The history of an entry, edit by edit.
extension StoreReader {
    /// An edit of an entry, decrypted if possible.
    public struct HeldEdit: Sendable {
        public let edit: Edit
        public let context: CausalContext
        /// Its content, if it can be opened.
        public let content: EditContent?
        /// The epoch whose key seals its box.
        public let epoch: Hash256
        /// The Ed25519 public key of the device that wrote it.
        public let deviceKey: [UInt8]
        /// Whether this device wrote it, in any incarnation.
        public let isOwn: Bool
        /// The fields in which its value is still live.
        public let live: Set<FieldName>
        /// Whether another edit undid it.
        public let isUndone: Bool
        let feed: Int64
    }

    /// All edits of an entry in order of arrival, opened; empty if there is no such entry.
    public func edits(of id: EntryID, in space: Space, _ keyring: Keyring) throws -> [HeldEdit] {
        guard
            let row = try database.first(
                "SELECT key FROM entry WHERE id = ? AND space = ?", id.bytes.value, space.key.value)
        else { return [] }
        return try edits(ofRow: row[0], id, keyring)
    }

    func edits(ofRow entry: Int64, _ id: EntryID, _ keyring: Keyring) throws -> [HeldEdit] {
        let rows = try database.all(
            """
            SELECT edit.line, edit.n, edit.first, edit.grp, edit.is_forget, edit.tokens, edit.unread, edit.box_hash,
                edit.box, batch.epoch, line.replica, line.is_own,
                EXISTS (SELECT 1 FROM undone WHERE undone.line = edit.line AND undone.n = edit.n), line.origin,
                edit.proof
            FROM edit JOIN batch ON batch.line = edit.line AND batch.first = edit.first
            JOIN line ON line.key = edit.line
            WHERE edit.entry = ? ORDER BY edit.key
            """, entry.value)
        let live = try liveFields(of: entry)
        return try rows.map { row in
            guard let epoch = Hash256(row.bytes(9)), let replica = ReplicaID(column: row.bytes(10)) else {
                throw StoreError.inconsistent("an edit's batch")
            }
            let header = EditHeader(
                entry: id, tokens: ColumnList.tokens(row.bytes(5)), isForget: row[4], proof: EntryProof(row.bytes(14)),
                group: row[3], unread: ColumnList.dots(row.bytes(6)), boxHash: Hash256(row.bytes(7)))
            let edit = Edit(header, box: row.values[8].isNull ? nil : row.bytes(8))
            let dot = Dot(replica, row[1])
            let context = CausalContext(
                dot: dot, seen: try seen(by: row[0], at: row[2]).clock, unread: header.unread)
            return HeldEdit(
                edit: edit, context: context, content: keyring.content(of: edit, at: dot, epoch: epoch),
                epoch: epoch, deviceKey: Array(row.bytes(13).prefix(ReplicaOrigin.deviceKeyByteCount)), isOwn: row[11],
                live: live[dot] ?? [], isUndone: row[12], feed: row[0])
        }
    }

    private func liveFields(of entry: Int64) throws -> [Dot: Set<FieldName>] {
        var live: [Dot: Set<FieldName>] = [:]
        let rows = try database.all(
            "SELECT line.replica, cell.n, cell.field FROM cell JOIN line ON line.key = cell.line WHERE cell.entry = ?",
            entry.value)
        for row in rows {
            guard let replica = ReplicaID(column: row.bytes(0)) else { throw StoreError.inconsistent("a cell's feed") }
            live[Dot(replica, row[1]), default: []].insert(FieldName(Text(row[2] as String)))
        }
        return live
    }

    public typealias Change = MergeChange

    /// The merge outcomes after a change number.
    ///
    /// - Parameter keyring: opens the versions of long texts, of which only the edits' dots are stored; without it,
    ///   only live ones are returned.
    public func changes(in space: Space, after number: Int, _ keyring: Keyring? = nil) throws -> [Change] {
        let rows = try database.all(
            """
            SELECT change.key, entry.id, field, change.at, rule, chosen, others, dots, entry.key, kind
            FROM change JOIN entry ON entry.key = change.entry WHERE change.key > ? AND entry.space = ?
            ORDER BY change.key
            """, number.value, space.key.value)
        return try rows.map { row in
            guard let entry = EntryID(row.bytes(1)) else { throw StoreError.inconsistent("an entry's id") }
            let name = FieldName(Text(row[2] as String))
            let dots = ColumnList.dots(row.bytes(7))
            let long =
                try dots.isEmpty
                ? nil : resolution(of: name, row[8], entry, Kind(Text(row.text(9) ?? "")), dots, keyring)
            return Change(
                number: row[0], entry: entry, field: name, at: Timestamp(millisSince1970: row[3]), rule: row[4],
                chosen: long?.value ?? JSONValue(column: row[5]),
                others: long?.others ?? JSONValue(column: row[6]).asArray ?? [])
        }
    }

    /// Resolves these versions of a field again, as far as they are still here.
    private func resolution(
        of name: FieldName, _ key: Int64, _ entry: EntryID, _ kind: Kind, _ dots: [Dot], _ keyring: Keyring?
    ) throws -> Resolution {
        var live: [Version<JSONValue>] = []
        var history: [Version<JSONValue?>] = []
        if let keyring {
            for held in try edits(ofRow: key, entry, keyring) {
                guard let version = held.version(of: name, token: keyring.token(name, entry)) else { continue }
                history.append(version)
                guard let value = version.value, dots.contains(version.dot) else { continue }
                live.append(Version(value, version.context))
            }
        } else {
            live =
                try versions(of: key, entry) { dot, feed in
                    CausalContext(dot: dot, seen: try seen(by: feed, at: first(of: dot, feed)).clock)
                }.fields[name] ?? []
        }
        return (Schema.field(name, of: kind)?.rule ?? .greatest).resolve(live) { history }
    }

    private func first(of dot: Dot, _ feed: Int64) throws -> Int {
        try database.first("SELECT first FROM edit WHERE line = ? AND n = ?", feed.value, dot.n.value)?[0] ?? dot.n
    }
}

extension Keyring {
    /// The content of an edit; `nil` if its box is missing, cannot be opened, or does not match its tokens.
    package func content(of edit: Edit, at dot: Dot, epoch: Hash256) -> EditContent? {
        guard let box = edit.box, let bytes = try? open(box, edit.header, dot, epoch),
            let content = EditContent(bytes),
            content.fields.keys.map({ token($0, edit.header.entry) }).sorted() == edit.header.tokens
        else { return nil }
        return content
    }
}

// MARK: - Undoing

/// The steps that can be undone.
extension StoreReader {
    /// The edits of one step.
    public struct Step: Hashable, Sendable {
        /// The edits with their entries, in the order in which they were written.
        public let edits: [(dot: Dot, entry: EntryID)]
        public let isForget: Bool

        public static func == (lhs: Step, rhs: Step) -> Bool {
            lhs.isForget == rhs.isForget && lhs.edits.map(\.dot) == rhs.edits.map(\.dot)
        }

        public func hash(into hasher: inout Hasher) { hasher.combine(edits.map(\.dot)) }
    }

    /// The last step of this device that is not an undo and was not undone.
    public func lastStep(in space: Space) throws -> Step? {
        let row = try database.first(
            """
            SELECT edit.line, edit.n FROM edit JOIN line ON line.key = edit.line
            WHERE line.is_own AND line.space = ? AND NOT edit.is_undo
                AND NOT EXISTS (SELECT 1 FROM undone WHERE undone.line = edit.line AND undone.n = edit.n)
                AND (edit.is_forget OR EXISTS (SELECT 1 FROM entry WHERE entry.key = edit.entry AND kind IS NOT NULL))
            ORDER BY edit.key DESC LIMIT 1
            """, space.key.value)
        return try row.flatMap { try step(ofFeed: $0[0], n: $0[1]) }
    }

    /// The step that contains an edit; `nil` if the space has no such edit.
    public func step(of dot: Dot, in space: Space) throws -> Step? {
        guard let feed = try feed(of: dot.replica, in: space) else { return nil }
        return try step(ofFeed: feed, n: dot.n)
    }

    private func step(ofFeed feed: Int64, n: Int) throws -> Step? {
        guard
            let row = try database.first(
                "SELECT label, grp, is_forget FROM edit WHERE line = ? AND n = ?", feed.value, n.value)
        else { return nil }
        let columns =
            "SELECT line.replica, edit.n, entry.id FROM edit JOIN line ON line.key = edit.line "
            + "JOIN entry ON entry.key = edit.entry WHERE "
        let rest =
            " AND NOT EXISTS (SELECT 1 FROM undone WHERE undone.line = edit.line AND undone.n = edit.n) "
            + "ORDER BY edit.key"
        let label = row.text(0)
        let rows =
            // Labels count only for this device's edits: another device may copy a label.
            try label.map {
                let own = "edit.label = ? AND line.is_own AND line.space = (SELECT space FROM line WHERE key = ?)"
                return try database.all(columns + own + rest, $0.value, feed.value)
            } ?? database.all(columns + "edit.line = ? AND edit.grp = ?" + rest, feed.value, row.values[1])
        let edits = try rows.map { row in
            guard let replica = ReplicaID(column: row.bytes(0)), let entry = EntryID(row.bytes(2)) else {
                throw StoreError.inconsistent("an edit's entry")
            }
            return (dot: Dot(replica, row[1]), entry: entry)
        }
        return Step(edits: edits, isForget: row[2])
    }
}
