import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Sealing

/// Writes the entries of the old journal into the joined one.
///
/// - An entry keeps its id, which proves no authorship here: only owners can forget it. An imported entry gets the id
///   that this space derives from its name at its source, or, without one, that of its match by ``ImportMatching``.
///   Fields that refer to such an entry, or to the person, are rewritten.
/// - An entry that is not here is written edit by edit, which keeps its history, its undos and its times; then its
///   shown state is restored. A conflict that no rule could resolve becomes the value that was shown.
/// - For an entry that is here, edits with new values are written first, so that they are in its history. Then the
///   result is that of importing the other: a change on one side only wins, texts that both changed are merged, and
///   for other fields this space's value stays. Of two states of an imported entry, the later one wins.
/// - It is in the trash if it was and nobody changed it here, or if it is here and nobody had changed it there.
/// - What was forgotten there is forgotten here too, as far as this person may; what was forgotten here stays
///   forgotten. A forgotten imported entry has lost its name at its source, and is not found here.
struct JoinWriting {
    let transaction: JournalTransaction
    /// One label for all edits, so that they are one step.
    let label: Text
    /// New ids of entries and persons, by their old ones.
    private let names: [String: JSONValue]
    /// The matches of imported entries in this space.
    private let imported: [EntryID: ImportMatching.Found]
    private(set) var counts = ImportCounts()

    init(
        _ transaction: JournalTransaction, label: Text, _ past: [EntryPast], person: PersonID
    ) throws {
        self.transaction = transaction
        self.label = label
        var names = [person.description: JSONValue.text(Text(transaction.membership.person.description))]
        imported = try Self.imported(past, transaction, transaction.membership.keys)
        for (id, found) in imported { names[id.description] = .text(Text(found.id.description)) }
        self.names = names
    }

    private static func imported(
        _ past: [EntryPast], _ transaction: JournalTransaction, _ keys: SpaceKeys
    ) throws -> [EntryID: ImportMatching.Found] {
        struct Place: Hashable {
            let source: Text
            let place: Text
        }
        var imported: [EntryID: ImportMatching.Found] = [:]
        var places: [Place: [EntryPast]] = [:]
        for entry in past {
            guard let name = entry.importName else { continue }
            guard let place = name.place else {
                let id = keys.importedEntryID(source: name.source.string, id: name.id.string)
                imported[entry.id] = ImportMatching.Found(id: id, name: name)
                continue
            }
            places[Place(source: name.source, place: place), default: []].append(entry)
        }
        for (place, entries) in places {
            let matching = ImportMatching(
                reader: transaction.reader, space: transaction.space, keyring: transaction.access.keyring, keys: keys,
                source: place.source, place: place.place, isMutual: true)
            let sides = entries.map { entry in
                ImportMatching.Side(texts: entry.edits.importedTexts, tags: entry.shown?.tags ?? [])
            }
            let moments = entries.flatMap { entry in
                entry.edits.compactMap { $0.content.imported == nil ? nil : $0.content.fields["at"]?.asText }
            }
            for (entry, found) in zip(entries, try matching.find(sides, at: Set(moments))) {
                imported[entry.id] = found
            }
        }
        return imported
    }

    mutating func write(_ past: [EntryPast]) throws {
        // Forgetting cannot be undone, so it comes before all edits of the step.
        for entry in past where entry.shown == nil { try forget(entry.id) }
        for entry in past {
            guard let shown = entry.shown else { continue }
            let id = imported[entry.id]?.id ?? entry.id
            switch try transaction.reader.presence(of: id, in: transaction.space) {
            case .forgotten: counts.skipped += 1
            case .unknown:
                try writeWhole(entry, shown, as: id)
                counts.new += 1
            case .here:
                if try bring(entry, shown, to: id) { counts.updated += 1 } else { counts.same += 1 }
            }
        }
    }

    private func forget(_ id: EntryID) throws {
        guard try transaction.reader.presence(of: id, in: transaction.space) != .forgotten,
            let draft = try transaction.forgetting(id)
        else { return }
        try transaction.writer.append([draft])
    }

    /// Writes an entry that is not here.
    private func writeWhole(_ past: EntryPast, _ shown: Entry, as id: EntryID) throws {
        var values = LastValues()
        var dots: [Dot: Dot] = [:]
        for edit in past.edits {
            let content = again(edit, of: past.id, shown.kind, dots)
            guard let dot = try write(content, to: id) else { continue }
            dots[edit.dot] = dot
            values.set(content.fields)
        }
        let fields = renamed(shown.fields, of: shown.kind)
        try settle(values, fields, isTrashed: shown.isTrashed, like: shown, id)
    }

    /// Merges an entry into the existing one. Returns whether anything was written.
    private func bring(_ past: EntryPast, _ shown: Entry, to id: EntryID) throws -> Bool {
        let (reader, space) = (transaction.reader, transaction.space)
        let here = try transaction.present(id)
        let edits = EntryPast.edits(try reader.edits(of: id, in: space, transaction.access.keyring))
        var said: [FieldName: Set<JSONValue>] = [:]
        for edit in edits { for (name, value) in edit.content.fields { said[name, default: []].insert(value) } }
        let newsHere = edits.filter { !shown.clock.covers($0.names) }
        var values = LastValues(here)
        var (isWritten, isTouched) = (false, false)
        var dots: [Dot: Dot] = [:]
        let news = past.edits.filter { !here.clock.covers($0.names) }
        // Computed before anything is written, since it depends on the values that are live here.
        let changed = try changes(past, news, shown, id, here, edits, newsHere)
        for edit in news {
            var content = again(edit, of: past.id, shown.kind, dots)
            content.fields = content.fields.filter { Schema.field($0.key, of: here.kind)?.isSetOnce != true }
            guard content.fields.contains(where: { said[$0.key]?.contains($0.value) != true }) else { continue }
            guard let dot = try write(content, to: id) else { continue }
            dots[edit.dot] = dot
            values.set(content.fields)
            isWritten = true
            if edit.content.isByHand, content.fields.keys.contains(where: { $0 != EntryVersions.gone }) {
                isTouched = true
            }
        }
        let comesBack = changed[EntryVersions.gone] != nil
        let isTrashed =
            shown.isTrashed
            ? here.isTrashed || !newsHere.contains(where: \.content.isByHand)
            : here.isTrashed && !isTouched && !comesBack
        var fields = here.fields
        for (name, value) in changed where name != EntryVersions.gone {
            fields[name] = Entry.isSet(name, value) ? value : nil
        }
        return try settle(values, fields, isTrashed: isTrashed, like: shown, id) || isWritten
    }

    /// The fields that manual changes of the old journal change here, if both sides had seen everything else.
    private func changes(
        _ past: EntryPast, _ news: [EntryPast.Edit], _ shown: Entry, _ id: EntryID, _ here: Entry,
        _ edits: [EntryPast.Edit], _ newsHere: [EntryPast.Edit]
    ) throws -> [FieldName: JSONValue] {
        let byHand = news.lazy.filter(\.content.isByHand).reduce(into: Set()) { $0.formUnion($1.live) }
        let liveHere = newsHere.reduce(into: Set()) { $0.formUnion($1.live) }
        let there = renamed(shown.fields, of: shown.kind)
        var changed: [FieldName: JSONValue] = [:]
        var fields: [FieldName: JSONValue] = [:]
        var basis: [FieldName: String] = [:]
        for name in byHand where name != EntryVersions.gone && there[name] != here.fields[name] {
            // Our value was known there, so theirs is a change of it.
            guard liveHere.contains(name) else {
                changed[name] = there[name] ?? .null
                continue
            }
            fields[name] = there[name] ?? .null
            basis[name] = past.basis(of: name)
        }
        if Self.isLater(past.edits.importedTexts, than: edits.importedTexts) {
            // As importing that state would do.
            let byImport = news.lazy.filter { $0.content.imported != nil }.reduce(into: Set()) { $0.formUnion($1.live) }
            for name in byImport.subtracting(byHand) where there[name] != here.fields[name] {
                fields[name] = there[name] ?? .null
            }
        }
        let item = ImportItem(.own(id), fields, isTrashed: shown.isTrashed, clock: shown.clock)
        changed.merge(try transaction.changes(item, id, fields, basis: basis) ?? [:]) { $1 }
        // If the merged text is too long, ours stays, and theirs is in the history.
        return changed.filter { $0.value.asText.map { $0.utf8.count <= RecordLimits.proseBytesMax } ?? true }
    }

    /// Whether the last text that an entry had at its source is later than the one here.
    private static func isLater(_ texts: [Text], than here: [Text]) -> Bool {
        guard let text = texts.last, let present = here.last, text != present, !here.contains(text) else {
            return false
        }
        if texts.contains(present) { return true }
        let (new, old) = (WordPairs(text.string), WordPairs(present.string))
        guard let share = old.share(in: new) else { return false }
        return share > new.share(in: old) ?? 0
    }

    /// Writes the fields that are missing to show the entry as it was. Returns whether anything was written.
    @discardableResult
    private func settle(
        _ values: LastValues, _ fields: [FieldName: JSONValue], isTrashed: Bool, like shown: Entry, _ id: EntryID
    ) throws -> Bool {
        var missing = values.missing(to: fields, isTrashed: isTrashed)
        let whole = EditContent(at: shown.edited, fields: missing, label: label, origin: shown.clock)
        if whole.fits { return try write(whole, to: id) != nil }
        // The trash comes last: it must have seen the other fields.
        let gone = missing.removeValue(forKey: EntryVersions.gone).map { [(EntryVersions.gone, $0)] } ?? []
        for (name, value) in missing.sorted(by: { $0.key < $1.key }) + gone {
            try write(EditContent(at: shown.edited, fields: [name: value], label: label, origin: shown.clock), to: id)
        }
        return true
    }

    /// An edit as it is rewritten here.
    private func again(
        _ edit: EntryPast.Edit, of entry: EntryID, _ kind: Kind, _ dots: [Dot: Dot]
    ) -> EditContent {
        var content = edit.content
        if content.imported != nil { content.imported = imported[entry]?.name }
        content.fields = renamed(content.fields, of: kind)
        content.label = label
        content.undoes = content.undoes.compactMap { dots[$0] }
        content.origin = edit.names
        // The proof is valid only in the other space.
        content.proof = nil
        return content
    }

    private func renamed(_ fields: [FieldName: JSONValue], of kind: Kind) -> [FieldName: JSONValue] {
        var fields = fields
        for (name, value) in fields {
            guard let old = value.asText, let new = names[old], Schema.field(name, of: kind)?.type == .id else {
                continue
            }
            fields[name] = new
        }
        return fields
    }

    /// Writes an edit; if it is too large, without its clock and its label. `nil` for one that sets nothing.
    @discardableResult
    private func write(_ content: EditContent, to id: EntryID) throws -> Dot? {
        guard !content.fields.isEmpty else { return nil }
        var content = content
        if !content.fits { content.origin = nil }
        if !content.fits { content.label = nil }
        return try transaction.writer.append([.init(id, content)]).first
    }
}

extension EditContent {
    /// Whether it fits into one edit.
    fileprivate var fits: Bool {
        bytes.count <= RecordLimits.editBytesMax && fields.count <= CausalityLimits.tokensPerEditMax
    }
}
