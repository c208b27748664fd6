import CanonicalJSON
import Causality
import GRDB
import Records
import SQLiteFile

/// The live values of entries.
extension StoreWriter {
    struct EntryRow {
        let key: Int64
        let id: EntryID
        let isForgotten: Bool
        /// Whether no edit of it was held before.
        let isNew: Bool
    }

    /// An edit without its box, as one that sets a field.
    struct FirstStub: Hashable {
        let entry: Int64
        let token: FieldToken
        let dot: Dot
    }

    /// The state of an entry that is to be projected.
    struct ChangedEntry {
        var clock = VectorClock()
        /// The content of its only edit, if that was just merged, so that it need not be read again.
        var only: (versions: EntryVersions, at: Timestamp)?
        /// Whether an edit set fields of the first edit, so that the first one must be determined.
        var mayHaveFirsts = false
    }

    /// The row of an entry, inserted if there is none.
    func entryRow(_ id: EntryID) throws -> EntryRow {
        try database.run(
            "INSERT INTO entry (space, id) VALUES (?, ?) ON CONFLICT DO NOTHING", space.key.value, id.bytes.value)
        if database.changesCount > 0 {
            return EntryRow(key: database.lastInsertedRowID, id: id, isForgotten: false, isNew: true)
        }
        let row = try database.first(
            "SELECT key, is_forgotten FROM entry WHERE id = ? AND space = ?", id.bytes.value, space.key.value)
        guard let row else { throw StoreError.inconsistent("an entry") }
        return EntryRow(key: row[0], id: id, isForgotten: row[1], isNew: false)
    }

    /// Merges an edit's content into the live values: values that its author had seen are superseded.
    func merge(
        _ content: EditContent, _ tokens: [FieldToken], _ context: CausalContext, feed: Int64, entry: EntryRow
    ) throws {
        guard try counts(feed, in: entry.id) else { return try change(entry, VectorClock()) }
        if !entry.isNew { try supersedeStubs(tokens, context, entry) }
        for (name, value) in content.fields {
            let field = name.text.string.value
            if !entry.isNew {
                let live = try database.all(
                    "SELECT line, n FROM cell WHERE entry = ? AND field = ?", entry.key.value, field)
                for row in live where context.saw(Dot(try replica(of: row[0]), row[1])) {
                    try deleteCell(entry.key, field, row)
                }
            }
            try database.run(
                "INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?, ?)", entry.key.value, field, feed.value,
                context.dot.n.value, value.canonicalText.value)
        }
        try change(entry, content.origin ?? VectorClock([context.dot]))
        if entry.isNew {
            let fields = content.fields.mapValues { [Version($0, context)] }
            changed[entry.key]?.only = (EntryVersions(id: entry.id, fields: fields), content.at)
        }
        if try mayHaveFirsts(content, feed: feed, isNew: entry.isNew),
            try !comesAfterFirsts(content, context, feed, entry)
        {
            changed[entry.key]?.mayHaveFirsts = true
        }
    }

    /// Merges an edit without its box: it supersedes by its tokens alone, and is a missing box as long as it is live.
    func mergeStub(_ header: EditHeader, _ context: CausalContext, feed: Int64, entry: EntryRow) throws {
        guard try counts(feed, in: entry.id) else { return try change(entry, VectorClock()) }
        var replacesFirst = false
        let live = try database.all("SELECT line, n, field FROM cell WHERE entry = ?", entry.key.value)
        for row in live where context.saw(Dot(try replica(of: row[0]), row[1])) {
            let field: String = row[2]
            guard header.tokens.contains(keyring.token(FieldName(Text(field)), header.entry)) else { continue }
            try deleteCell(entry.key, field.value, row)
            if FirstValues.names.contains(FieldName(Text(field))) { replacesFirst = true }
        }
        try supersedeStubs(header.tokens, context, entry)
        for token in header.tokens {
            try database.run(
                "INSERT OR REPLACE INTO lacking VALUES (?, ?, ?, ?)", entry.key.value, token.column.value, feed.value,
                context.dot.n.value)
        }
        try change(entry, VectorClock([context.dot]))
        if replacesFirst { changed[entry.key]?.mayHaveFirsts = true }
    }

    /// Stubs that the author had seen are superseded too.
    private func supersedeStubs(_ tokens: [FieldToken], _ context: CausalContext, _ entry: EntryRow) throws {
        let rows = try database.all("SELECT token, line, n FROM lacking WHERE entry = ?", entry.key.value)
        for row in rows where tokens.contains(FieldToken(column: row[0])) {
            let dot = Dot(try replica(of: row[1]), row[2])
            guard context.saw(dot), try !mayBeFirst(dot, feed: row[1], FieldToken(column: row[0]), entry) else {
                continue
            }
            try database.run(
                "DELETE FROM lacking WHERE entry = ? AND token = ? AND line = ? AND n = ?", entry.key.value,
                row.values[0], row.values[1], row.values[2])
        }
    }

    /// Deletes the live value of the edit at the row's feed and number.
    private func deleteCell(_ entry: Int64, _ field: ColumnValue, _ row: ColumnRow) throws {
        try database.run(
            "DELETE FROM cell WHERE entry = ? AND field = ? AND line = ? AND n = ?", entry.value, field, row.values[0],
            row.values[1])
    }

    /// Marks an entry for projection. Its clock is the join of its edits' dots, or of the clocks that they bring in.
    private func change(_ entry: EntryRow, _ clock: VectorClock) throws {
        var joined = try changed[entry.key]?.clock ?? (entry.isNew ? VectorClock() : storedClock(of: entry.key))
        for dot in clock.dots { joined.advance(to: dot) }
        let mayHaveFirsts = changed[entry.key]?.mayHaveFirsts ?? false
        changed[entry.key] = ChangedEntry(clock: joined, mayHaveFirsts: mayHaveFirsts)
    }

    private func storedClock(of entry: Int64) throws -> VectorClock {
        VectorClock(
            ColumnList.dots(try database.first("SELECT clock FROM entry WHERE key = ?", entry.value)?.bytes(0) ?? []))
    }

    /// Deletes the contents of all of an entry's edits from the replica, earlier and later ones.
    func forget(_ entry: Int64) throws {
        try database.run(
            """
            UPDATE edit SET box = NULL, label = NULL, at = NULL, is_undo = 0, state = CASE WHEN is_forget THEN 0 ELSE 1 END
            WHERE entry = ?
            """, entry.value)
        try database.run(
            "DELETE FROM undone WHERE (line, n) IN (SELECT line, n FROM edit WHERE entry = ?)", entry.value)
        try database.run("DELETE FROM cell WHERE entry = ?", entry.value)
        try database.run("DELETE FROM lacking WHERE entry = ?", entry.value)
        try database.run("DELETE FROM first_value WHERE entry = ?", entry.value)
        try database.run("DELETE FROM change WHERE entry = ?", entry.value)
        try database.run(
            """
            DELETE FROM aside_box WHERE entry = (SELECT id FROM entry WHERE key = ?)
                AND aside IN (SELECT key FROM aside WHERE space = ?)
            """, entry.value, space.key.value)
        try unproject(entry)
        try database.run("UPDATE entry SET is_forgotten = 1, clock = x'' WHERE key = ?", entry.value)
        changed[entry] = nil
        supplied.remove(entry)
    }

    func replica(of feed: Int64) throws -> ReplicaID {
        if let known = feeds.first(where: { $0.value == feed }) { return known.key }
        let replica = try reader.replica(ofFeed: feed)
        feeds[replica] = feed
        return replica
    }

    /// Stores the open batch, and projects the changed entries.
    func finish() throws {
        if let open { try store(open) }
        for entry in supplied.sorted() { try remerge(entry) }
        supplied = []
        for (key, entry) in changed.sorted(by: { $0.key < $1.key }) { try project(key, entry) }
        changed = [:]
    }
}

// MARK: - Firsts

/// Fields that only an entry's first edit sets, and the right to describe a device.
extension StoreWriter {
    /// Whether edits of this feed count in the merge of an entry: a description is written only by its device, and by
    /// the device that added that.
    private func counts(_ feed: Int64, in entry: EntryID) throws -> Bool {
        guard Defence.ownsDescriptions.isUp, let describers = keyring.describers(entry) else { return true }
        return describers.contains(try origin(ofFeed: feed).deviceKey)
    }

    /// Whether an edit that was just merged sets fields of the first edit, later than that or in another person's
    /// name.
    private func mayHaveFirsts(_ content: EditContent, feed: Int64, isNew: Bool) throws -> Bool {
        guard Defence.keepsFirstFields.isUp else { return false }
        if !isNew { return FirstValues.names.contains { content.fields[$0] != nil } }
        guard let author = content.fields["author"] else { return false }
        if let known = honest[feed], known == author { return false }
        let isFalse = keyring.isFalse(author: author, of: try origin(ofFeed: feed).deviceKey)
        if !isFalse { honest[feed] = author }
        return isFalse
    }

    /// Stores the values of the first edit if live values may differ.
    func keepFirsts(_ entry: Int64, _ edits: [StoreReader.HeldEdit]) throws {
        try database.run("DELETE FROM first_value WHERE entry = ?", entry.value)
        guard Defence.keepsFirstFields.isUp else { return }
        for name in FirstValues.names {
            var candidates: [FirstValues.Candidate] = []
            var setters: [StoreReader.HeldEdit] = []
            for held in edits {
                guard let content = held.content, let value = content.fields[name] else { continue }
                let person = keyring.person(held.deviceKey)
                let isFalse = name == "author" && keyring.isFalse(author: value, of: held.deviceKey)
                setters.append(held)
                candidates.append(
                    .init(
                        value, held.context, by: isFalse ? person : nil,
                        isProven: isProven(content, held.edit.header.entry, person)))
            }
            guard let index = FirstValues.index(of: name, among: candidates) else { continue }
            let (winner, first) = (setters[index], candidates[index].shown(as: name))
            if setters.count == 1, winner.content?.fields[name] == first, !isReplaced(winner, name, edits) { continue }
            try database.run(
                "INSERT INTO first_value (entry, field, value, line, n, is_proven) VALUES (?, ?, ?, ?, ?, ?)",
                entry.value, name.text.string.value, first.canonicalText.value, winner.feed.value,
                winner.context.dot.n.value, candidates[index].isProven.value)
        }
    }

    /// Whether an edit that sets fields of the first edit had seen those that are known to be the first, and does not
    /// come before them by its proof or kind.
    ///
    /// Otherwise all edits of the entry would be opened for each that comes, as many as somebody likes to write.
    private func comesAfterFirsts(
        _ content: EditContent, _ context: CausalContext, _ feed: Int64, _ entry: EntryRow
    ) throws -> Bool {
        for name in FirstValues.names {
            guard let value = content.fields[name] else { continue }
            let row = try database.first(
                "SELECT line, n, is_proven, value FROM first_value WHERE entry = ? AND field = ? AND line IS NOT NULL",
                entry.key.value, name.text.string.value)
            guard let row, context.saw(Dot(try replica(of: row[0]), row[1])) else { return false }
            let device = JSONValue.text(Kind.device.name)
            if name == "kind", JSONValue(column: row[3]) == device, value != device { return false }
            let isProven = try isProven(content, entry.id, keyring.person(origin(ofFeed: feed).deviceKey))
            if isProven, !(row[2] as Bool) { return false }
        }
        return true
    }

    /// Whether the value of an edit was replaced by an edit whose box is missing.
    private func isReplaced(
        _ held: StoreReader.HeldEdit, _ name: FieldName, _ edits: [StoreReader.HeldEdit]
    ) -> Bool {
        edits.contains { other in
            other.edit.box == nil && !other.edit.header.isForget && other.context.saw(held.context.dot)
                && other.edit.header.tokens.contains(keyring.token(name, other.edit.header.entry))
        }
    }

    private func isProven(_ content: EditContent, _ entry: EntryID, _ person: PersonID?) -> Bool {
        guard let proof = content.proof, let person, let space = SpaceID(space.id) else { return false }
        return proof.entry(of: person, in: space, keyring.hash) == entry
    }

    /// Whether an edit without its box may be the first one that sets such a field: then its box is needed although
    /// its value was replaced. Not if it had seen such an edit that is open here, or whose box is missing too.
    private func mayBeFirst(_ dot: Dot, feed: Int64, _ token: FieldToken, _ entry: EntryRow) throws -> Bool {
        guard Defence.keepsFirstFields.isUp,
            FirstValues.names.contains(where: { keyring.token($0, entry.id) == token })
        else { return false }
        let stub = FirstStub(entry: entry.key, token: token, dot: dot)
        if let known = firstStubs[stub] { return known }
        let isFirst = try !hasSeenSetter(of: token, stub.dot, feed, entry)
        firstStubs[stub] = isFirst
        return isFirst
    }

    /// What an edit had seen arrived before it.
    private func hasSeenSetter(of token: FieldToken, _ dot: Dot, _ feed: Int64, _ entry: EntryRow) throws -> Bool {
        guard
            let row = try database.first(
                "SELECT first, unread FROM edit WHERE line = ? AND n = ?", feed.value, dot.n.value)
        else { throw StoreError.inconsistent("a stub without its edit") }
        let context = CausalContext(
            dot: dot, seen: try reader.seen(by: feed, at: row[0]).clock, unread: ColumnList.dots(row.bytes(1)))
        var hasSeen = false
        try database.visit(
            "SELECT line, n, tokens FROM edit WHERE entry = ? AND state < 2 AND NOT is_forget ORDER BY key",
            entry.key.value
        ) { row in
            let other = Dot(try replica(of: row[0]), row[1])
            hasSeen = other != dot && context.saw(other) && ColumnList.tokens(row.bytes(2)).contains(token)
            return !hasSeen
        }
        return hasSeen
    }

    /// Corrects entries for which an earlier version may have been wrong: those in which another than the first edit
    /// sets fields of the first, and those in which an edit names another author than its own.
    ///
    /// - Returns: how many entries were merged again.
    @discardableResult
    public func reworkFirsts() throws -> Int {
        var entries = Set(
            try database.all(
                """
                SELECT key FROM entry WHERE space = ?1 AND NOT is_forgotten AND EXISTS (
                    SELECT 1 FROM cell JOIN edit ON edit.line = cell.line AND edit.n = cell.n
                    WHERE cell.entry = entry.key AND cell.field IN ('kind', 'made', 'author')
                        AND edit.key > (SELECT min(key) FROM edit WHERE entry = entry.key))
                """, space.key.value
            ).map { $0[0] as Int64 })
        let authors = try database.all(
            """
            SELECT DISTINCT cell.value, cell.line FROM cell JOIN line ON line.key = cell.line
            WHERE cell.field = 'author' AND line.space = ?
            """, space.key.value)
        for row in authors {
            let author = JSONValue(column: row[0])
            guard keyring.isFalse(author: author, of: try origin(ofFeed: row[1]).deviceKey) else { continue }
            entries.formUnion(
                try database.all(
                    "SELECT entry FROM cell WHERE field = 'author' AND value = ? AND line = ?", row.values[0],
                    row.values[1]
                ).map { $0[0] as Int64 })
        }
        // Entries that describe devices are few; other devices may have written them.
        let hidden = try database.all(
            "SELECT key, id FROM entry WHERE space = ? AND kind IS NULL AND NOT is_forgotten", space.key.value)
        for row in hidden where EntryID(row.bytes(1)).map({ keyring.describers($0) != nil }) ?? false {
            entries.insert(row[0])
        }
        for entry in entries.sorted() { try remerge(entry) }
        return entries.count
    }
}
