import CanonicalJSON
import Causality
import Records
import ReplicaStore

/// An entry of the old journal of a join, with its edits.
struct EntryPast {
    struct Edit {
        let dot: Dot
        let content: EditContent
        /// The fields in which its value was live.
        let live: Set<FieldName>

        /// The dots by which other devices may know it: its own, or those of the edits that it replaced.
        var names: VectorClock { content.origin ?? VectorClock([dot]) }
    }

    let id: EntryID
    /// The entry as it was shown; `nil` if it was forgotten.
    let shown: Entry?
    /// Its edits with content, in the order of arrival.
    let edits: [Edit]

    /// All entries of a space, in the order of arrival. They are all held in memory at once.
    static func all(_ reader: StoreReader, of space: Space, _ keyring: Keyring) throws -> [EntryPast] {
        try reader.ids(in: space).compactMap { id, isForgotten in
            guard !isForgotten else { return EntryPast(id: id, shown: nil, edits: []) }
            guard let shown = try reader.entry(id, in: space) else { return nil }
            return EntryPast(id: id, shown: shown, edits: edits(try reader.edits(of: id, in: space, keyring)))
        }
    }

    /// Those that could be opened.
    static func edits(_ held: [StoreReader.HeldEdit]) -> [Edit] {
        held.compactMap { held in held.content.map { Edit(dot: held.context.dot, content: $0, live: held.live) } }
    }

    /// Its name at its source; `nil` if it was not imported, or before names were recorded.
    var importName: ImportName? { edits.lazy.compactMap(\.content.imported).first }

    /// The text of an imported field before a person changed it here.
    func basis(of name: FieldName) -> String? {
        edits.effective.last { !$0.content.isByHand && $0.content.fields[name] != nil }?.content.fields[name]?.asText
    }
}

extension [EntryPast.Edit] {
    /// The effective edits: neither undone nor undos. An undo of the entry's first edit only put it into the trash, so
    /// it counts like any other edit, and what it undid stays effective.
    var effective: [EntryPast.Edit] {
        let beginnings = Set(filter { $0.content.fields["kind"] != nil }.map(\.dot))
        var undone: Set<Dot> = []
        var effective: [EntryPast.Edit] = []
        for edit in reversed() where !undone.contains(edit.dot) {
            if edit.content.undoes.isEmpty || !beginnings.isDisjoint(with: edit.content.undoes) {
                effective.append(edit)
            } else {
                undone.formUnion(edit.content.undoes)
            }
        }
        return effective.reversed()
    }

    /// The edit that set a field's current value; for a value that an undo restored, the original edit. `nil` if the
    /// field has no live value.
    func origin(of name: FieldName, effective: [EntryPast.Edit]) -> EditContent? {
        guard let live = last(where: { $0.live.contains(name) })?.content else { return nil }
        return live.undoes.isEmpty ? live : effective.last { $0.content.fields[name] != nil }?.content
    }
}

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
