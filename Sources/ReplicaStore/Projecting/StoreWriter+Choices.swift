import CanonicalJSON
import Causality
import GRDB
import SQLiteFile
import Records

/// The outcomes of merges.
extension StoreWriter {
    /// Stores the value that is shown of several live ones, and reports each outcome once.
    func record(_ resolutions: [FieldName: Resolution], _ versions: EntryVersions, _ key: Int64) throws {
        let isRevived = versions.isRevivedByMerge
        let conflicts = resolutions.filter(\.value.isConflict)
        try closeChanges(of: key, besides: Set(conflicts.keys).union(isRevived ? [EntryVersions.gone] : []))
        for (name, resolution) in conflicts.sorted(by: { $0.key < $1.key }) {
            guard let rule = resolution.rule else { continue }
            let chosen = resolution.value.canonicalText
            let others = JSONValue.array(resolution.others).canonicalText
            // Rules without a choice only report the other values; see below.
            try database.run(
                "INSERT INTO choice VALUES (?, ?, ?, ?, ?, ?)", key.value, name.text.string.value,
                rule.name.string.value, chosen.value, (rule == .unsettled ? others : "[]").value,
                resolution.isPending.value)
            guard !resolution.isPending else { continue }
            let isLong = chosen.utf8.count + others.utf8.count > Self.changeBytesMax
            try tell(
                key, name, rule.name.string, isLong ? "null" : chosen, isLong ? "[]" : others,
                isLong ? (versions.fields[name] ?? []).map(\.dot).sorted() : [])
        }
        if isRevived { try tell(key, EntryVersions.gone, "alive", "null", #"["trashed"]"#, []) }
    }

    /// The most bytes of values in a row for `btw changes`; beyond that, the dots of the edits are stored instead.
    private static let changeBytesMax = 4 * 1024

    /// Adds a row for `btw changes`, unless the last one of this field is equal. It replaces the row of the same
    /// conflict with fewer versions.
    private func tell(
        _ key: Int64, _ name: FieldName, _ rule: String, _ chosen: String, _ others: String, _ dots: [Dot]
    ) throws {
        let field = name.text.string.value
        let last = try database.first(
            """
            SELECT key, is_open, rule, chosen, others, dots FROM change
            WHERE entry = ? AND field = ? ORDER BY key DESC LIMIT 1
            """, key.value, field)
        let values = [rule.value, chosen.value, others.value, ColumnList.bytes(dots).value]
        if let last {
            if Array(last.values[2...]) == values { return }
            if last[1] as Bool { try database.run("DELETE FROM change WHERE key = ?", last.values[0]) }
        }
        try database.run(
            """
            INSERT INTO change (entry, field, at, rule, chosen, others, dots, is_open)
            VALUES (?, ?, (SELECT edited FROM entry WHERE key = ?), ?, ?, ?, ?, 1)
            """, all: [key.value, field, key.value] + values)
    }

    /// The conflicts of all other fields have ended: a later one is a new conflict.
    private func closeChanges(of key: Int64, besides conflicts: Set<FieldName>) throws {
        let open = try database.all("SELECT key, field FROM change WHERE entry = ? AND is_open", key.value)
        for row in open where !conflicts.contains(FieldName(Text(row[1] as String))) {
            try database.run("UPDATE change SET is_open = 0 WHERE key = ?", row.values[0])
        }
    }
}

extension EntryVersions {
    /// Whether an edit concurrent with the trashing restored the entry.
    var isRevivedByMerge: Bool {
        guard isRevived else { return false }
        let trashed = (fields[Self.gone] ?? []).filter { $0.value != .null }
        let others = fields.lazy.filter { $0.key != Self.gone }.flatMap(\.value)
        return others.contains { edit in
            trashed.contains { !$0.context.saw(edit.dot) && !edit.context.saw($0.dot) && $0.dot != edit.dot }
        }
    }
}
