import CanonicalJSON
import Causality
import GRDB
import SQLiteFile
import Records

/// What merging chose.
extension StoreWriter {
    /// Keeps what is shown where several values are live, and tells it once.
    func record(_ resolutions: [FieldName: Resolution], _ versions: EntryVersions, _ key: Int64) throws {
        for (name, resolution) in resolutions.filter(\.value.isConflict).sorted(by: { $0.key < $1.key }) {
            guard let rule = resolution.rule else { continue }
            let field = name.text.string.value
            let chosen = resolution.value.canonicalText.value
            let others = JSONValue.array(resolution.others).canonicalText.value
            try database.run(
                "INSERT INTO choice VALUES (?, ?, ?, ?, ?, ?)", key.value, field, rule.name.string.value, chosen,
                others, resolution.isPending.value)
            if !resolution.isPending { try tell(key, field, rule.name.string, chosen, others) }
        }
        if versions.isRevivedByMerge { try tell(key, "gone".value, "alive", "null".value, #"["trashed"]"#.value) }
    }

    /// Adds a line for `btw changes`, unless the last of this field says the same.
    private func tell(
        _ key: Int64, _ field: ColumnValue, _ rule: String, _ chosen: ColumnValue, _ others: ColumnValue
    ) throws {
        let last = try database.first(
            "SELECT rule, chosen, others FROM change WHERE entry = ? AND field = ? ORDER BY key DESC LIMIT 1",
            key.value, field)
        if let last, last.values == [rule.value, chosen, others] { return }
        try database.run(
            """
            INSERT INTO change (entry, field, at, rule, chosen, others)
            VALUES (?, ?, (SELECT edited FROM entry WHERE key = ?), ?, ?, ?)
            """, key.value, field, key.value, rule.value, chosen, others)
    }
}

extension EntryVersions {
    /// Whether it was trashed by somebody who did not know of an edit that took it out again.
    var isRevivedByMerge: Bool {
        guard isRevived else { return false }
        let trashed = (fields[Self.gone] ?? []).filter { $0.value != .null }
        let others = fields.lazy.filter { $0.key != Self.gone }.flatMap(\.value)
        return others.contains { edit in
            trashed.contains { !$0.context.saw(edit.dot) && !edit.context.saw($0.dot) && $0.dot != edit.dot }
        }
    }
}
