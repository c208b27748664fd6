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
            guard let shown = try reader.entry(id) else { return nil }
            return EntryPast(id: id, shown: shown, edits: edits(try reader.edits(of: id, keyring)))
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
        edits.standing.last { !$0.content.isByHand && $0.content.fields[name] != nil }?.content.fields[name]?.asText
    }
}

extension [EntryPast.Edit] {
    /// The effective edits: neither undone nor undos. An undo of the entry's first edit only put it into the trash, so
    /// it counts like any other edit, and what it undid stays effective.
    var standing: [EntryPast.Edit] {
        let beginnings = Set(filter { $0.content.fields["kind"] != nil }.map(\.dot))
        var undone: Set<Dot> = []
        var standing: [EntryPast.Edit] = []
        for edit in reversed() where !undone.contains(edit.dot) {
            if edit.content.undoes.isEmpty || !beginnings.isDisjoint(with: edit.content.undoes) {
                standing.append(edit)
            } else {
                undone.formUnion(edit.content.undoes)
            }
        }
        return standing.reversed()
    }

    /// The edit that set a field's current value; for a value that an undo restored, the original edit. `nil` if the
    /// field has no live value.
    func origin(of name: FieldName, standing: [EntryPast.Edit]) -> EditContent? {
        guard let live = last(where: { $0.live.contains(name) })?.content else { return nil }
        return live.undoes.isEmpty ? live : standing.last { $0.content.fields[name] != nil }?.content
    }
}
