import CanonicalJSON
import Causality
import GRDB
import SQLiteFile
import Records

/// Fields that only an entry's first edit sets, and the right to describe a device.
extension StoreWriter {
    /// Whether edits of this feed count in the merge of an entry: a description is written only by its device, and by
    /// the device that added that.
    func counts(_ line: Int64, in entry: EntryID) throws -> Bool {
        guard Defence.ownsDescriptions.stands, let describers = keyring.describers(entry) else { return true }
        return describers.contains(try origin(ofLine: line).deviceKey)
    }

    /// Whether an edit that was just merged sets fields of the first edit, later than that or in another person's
    /// name.
    func mayHaveFirsts(_ content: EditContent, line: Int64, isNew: Bool) throws -> Bool {
        guard Defence.keepsFirstFields.stands else { return false }
        if !isNew { return FirstValues.names.contains { content.fields[$0] != nil } }
        guard let author = content.fields["author"] else { return false }
        if let known = honest[line], known == author { return false }
        let isFalse = keyring.isFalse(author: author, of: try origin(ofLine: line).deviceKey)
        if !isFalse { honest[line] = author }
        return isFalse
    }

    /// Stores the values of the first edit if live values may differ.
    func keepFirsts(_ entry: Int64, _ edits: [StoreReader.HeldEdit]) throws {
        try database.run("DELETE FROM first_value WHERE entry = ?", entry.value)
        guard Defence.keepsFirstFields.stands else { return }
        for name in FirstValues.names {
            var candidates: [FirstValues.Candidate] = []
            for held in edits {
                guard let content = held.content, let value = content.fields[name] else { continue }
                let person = keyring.person(held.deviceKey)
                let isFalse = name == "author" && keyring.isFalse(author: value, of: held.deviceKey)
                candidates.append(
                    .init(
                        value, held.context, by: isFalse ? person : nil,
                        isProven: isProven(content, held.edit.header.entry, person)))
            }
            guard let first = FirstValues.value(of: name, among: candidates) else { continue }
            let only = edits.filter { $0.content?.fields[name] != nil }
            if only.count == 1, only[0].content?.fields[name] == first, !isReplaced(only[0], name, edits) { continue }
            try database.run(
                "INSERT INTO first_value VALUES (?, ?, ?)", entry.value, name.text.string.value,
                first.canonicalText.value)
        }
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
    /// its value was replaced. Not if it had seen such an edit that is open here.
    func mayBeFirst(_ dot: Dot, line: Int64, _ token: FieldToken, _ entry: EntryRow) throws -> Bool {
        guard Defence.keepsFirstFields.stands,
            FirstValues.names.contains(where: { keyring.token($0, entry.id) == token })
        else { return false }
        guard
            let row = try database.first(
                "SELECT first, unread FROM edit WHERE line = ? AND n = ?", line.value, dot.n.value)
        else { throw StoreError.inconsistent("a stub without its edit") }
        let context = CausalContext(
            dot: dot, seen: try reader.seen(by: line, at: row[0]).clock, unread: ColumnList.dots(row.bytes(1)))
        let opened = try database.all(
            "SELECT line, n, tokens FROM edit WHERE entry = ? AND state = 0 AND NOT is_forget", entry.key.value)
        return try !opened.contains { row in
            try ColumnList.tokens(row.bytes(2)).contains(token) && context.saw(Dot(replica(of: row[0]), row[1]))
        }
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
            guard keyring.isFalse(author: author, of: try origin(ofLine: row[1]).deviceKey) else { continue }
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
