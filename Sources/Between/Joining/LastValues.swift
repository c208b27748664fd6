import CanonicalJSON
import Records

/// The state of an entry while a single device writes to it, edit by edit.
struct LastValues {
    private var values: [FieldName: (value: JSONValue, edit: Int)] = [:]
    private var editCount = 0

    /// The state of an entry without edits.
    init() {}

    /// The state of an entry as it is shown.
    init(_ entry: Entry) {
        set(entry.fields.merging(entry.isTrashed ? [EntryVersions.gone: "trashed"] : [:]) { $1 })
    }

    mutating func set(_ fields: [FieldName: JSONValue]) {
        editCount += 1
        for (name, value) in fields { values[name] = (value, editCount) }
    }

    var fields: [FieldName: JSONValue] {
        values.filter { $0.key != EntryVersions.gone }.mapValues(\.value).filter(Entry.isSet)
    }

    /// As ``EntryVersions/isTrashed``: every edit of another field came before.
    var isTrashed: Bool {
        guard let gone = values[EntryVersions.gone], gone.value != .null else { return false }
        return values.values.allSatisfy { $0.edit <= gone.edit }
    }

    /// The fields to set so that the entry is shown like this; empty if it already is.
    func missing(to fields: [FieldName: JSONValue], isTrashed: Bool) -> [FieldName: JSONValue] {
        let present = self.fields
        var missing = fields.filter { present[$0.key] != $0.value }
        for name in present.keys where fields[name] == nil { missing[name] = .null }
        if isTrashed {
            if !missing.isEmpty || !self.isTrashed { missing[EntryVersions.gone] = "trashed" }
        } else if self.isTrashed {
            missing[EntryVersions.gone] = .null
        }
        return missing
    }
}
