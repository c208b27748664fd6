import CanonicalJSON
import Records

/// What an entry says while one device alone writes to it, edit after edit.
struct LastValues {
    private var values: [FieldName: (value: JSONValue, edit: Int)] = [:]
    private var editCount = 0

    /// An entry of which nothing is there.
    init() {}

    /// An entry as it is shown.
    init(_ entry: Entry) {
        set(entry.fields.merging(entry.isTrashed ? [EntryVersions.gone: "trashed"] : [:]) { $1 })
    }

    mutating func set(_ fields: [FieldName: JSONValue]) {
        editCount += 1
        for (name, value) in fields { values[name] = (value, editCount) }
    }

    /// Fields that are set.
    var fields: [FieldName: JSONValue] {
        values.filter { $0.key != EntryVersions.gone }.mapValues(\.value).filter(Entry.isSet)
    }

    /// As ``EntryVersions/isTrashed``: every edit of another field came before.
    var isTrashed: Bool {
        guard let gone = values[EntryVersions.gone], gone.value != .null else { return false }
        return values.values.allSatisfy { $0.edit <= gone.edit }
    }

    /// What has to be set so that it is shown like this; nothing if it is.
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
