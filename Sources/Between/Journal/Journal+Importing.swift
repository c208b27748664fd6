import CanonicalJSON
import Causality
import Records
import ReplicaStore
import Sealing

extension Journal {
    /// The number of entries per transaction of an import; the lock is released in between.
    package static let importPortion = 250
    /// The prefix of the labels of imported edits.
    static let importLabel = "import "

    /// Imports entries. Existing ones are not duplicated, so an interrupted import is simply repeated.
    ///
    /// All of it is one step for ``undo(_:)``. An entry that changed at its source since the last import is updated;
    /// if it was changed here too, its text is merged and its other fields stay. An imported tag that was removed at
    /// the source is removed. An entry without an id at its source updates an existing one only if it is clearly a
    /// later state of it.
    ///
    /// - Parameters:
    ///   - items: the entries, in the order in which they are written.
    ///   - isDryRun: only counts.
    ///   - progress: called with the number of finished entries after each transaction.
    /// - Returns: the counts.
    @discardableResult
    public func importItems(
        _ items: [ImportItem], isDryRun: Bool = false, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> ImportCounts {
        let label = Text(Self.importLabel + newID().description)
        let places = ImportPlaces(items)
        var state = (counts: ImportCounts(), found: [Int: ImportMatching.Found]())
        for start in stride(from: 0, to: items.count, by: Self.importPortion) {
            let chunk = start..<min(start + Self.importPortion, items.count)
            let before = state
            do {
                state = try await write { transaction in
                    var state = before
                    for index in state.found.keys { state.found[index]?.held = nil }
                    for index in chunk {
                        let found = try places.find(index, of: items, transaction, &state.found)
                        try transaction.bring(items[index], found, label: label, isDryRun: isDryRun, &state.counts)
                    }
                    return state
                }
            } catch let error as JournalError where start > 0 && !isDryRun {
                throw JournalError.importCut(error, done: start, of: items.count)
            }
            progress(state.counts.total)
        }
        return state.counts
    }
}

/// Matches the items without ids at their source, one place at a time, since the other entries of a place affect the
/// result.
private struct ImportPlaces {
    private struct Place: Hashable {
        let source: String
        let place: String
    }

    private var indices: [Place: [Int]] = [:]

    init(_ items: [ImportItem]) {
        for (index, item) in items.enumerated() {
            guard case .unnamed(let source, let place) = item.name else { continue }
            indices[Place(source: source, place: place), default: []].append(index)
        }
    }

    /// - Parameter found: results for places that were matched before, until they are used.
    func find(
        _ index: Int, of items: [ImportItem], _ transaction: JournalTransaction,
        _ found: inout [Int: ImportMatching.Found]
    ) throws -> ImportMatching.Found {
        let keys = transaction.access.keys
        switch items[index].name {
        case .own(let id):
            return ImportMatching.Found(id: id, name: nil)
        case .foreign(let source, let name):
            let matching = ImportMatching(
                reader: transaction.store.reader, keyring: transaction.access.keyring, keys: keys,
                source: Text(source), place: Text(name))
            let fields = items[index].fields
            let side = ImportMatching.Side(texts: [Text(fields["body"]?.asText ?? "")], tags: fields.tags)
            return try matching.findNamed(side, at: Set([fields["at"]?.asText].compactMap(\.self)))
        case .unnamed(let source, let place):
            let indices = indices[Place(source: source, place: place)] ?? []
            if indices.first == index {
                let matching = ImportMatching(
                    reader: transaction.store.reader, keyring: transaction.access.keyring, keys: keys,
                    source: Text(source), place: Text(place))
                let sides = indices.enumerated().map { number, index in
                    let fields = items[index].fields
                    return ImportMatching.Side(
                        texts: [Text(fields["body"]?.asText ?? "")], tags: fields.tags, number: number + 1)
                }
                let moments = Set(indices.compactMap { items[$0].fields["at"]?.asText })
                for (index, match) in zip(indices, try matching.find(sides, at: moments)) { found[index] = match }
            }
            guard let match = found.removeValue(forKey: index) else {
                preconditionFailure("a place is looked at with its first item")
            }
            return match
        }
    }
}

extension JournalTransaction {
    fileprivate func bring(
        _ item: ImportItem, _ match: ImportMatching.Found, label: Text, isDryRun: Bool, _ counts: inout ImportCounts
    ) throws {
        let id = match.id
        var fields = item.fields
        // Devices are never imported from a file.
        guard fields["kind"] != .text(Kind.device.name) else {
            counts.skipped += 1
            return
        }
        if item.isTrashed { fields[EntryVersions.gone] = "trashed" }
        switch try store.reader.presence(of: id) {
        case .forgotten:
            counts.skipped += 1
            return
        case .unknown:
            counts.new += 1
            fields = complete(EntryDraft(Kind(Text(fields["kind"]?.asText ?? "note")), fields))
        case .here:
            // For an outdated state, only a restore from the trash can be new.
            let changes = try changes(
                item, id, match.isOlder ? [:] : fields, isWhole: match.name != nil && !match.isOlder, held: match.held)
            guard let changed = changes, !changed.isEmpty else {
                counts.same += 1
                return
            }
            counts.updated += 1
            if counts.updates.count < ImportCounts.updatesMax, let entry = try store.reader.entry(id) {
                if let update = ImportCounts.Update(entry, changed) { counts.updates.append(update) }
            }
            fields = changed
        }
        guard !isDryRun else { return }
        // A merged text is not the source's text: that is written first, as the base of the next import, and then the
        // merged text like a manual edit.
        let merged = fields.filter { name, value in item.fields[name].map { $0 != value } ?? false }
        var content = content(fields.merging(item.fields.filter { merged[$0.key] != nil }) { $1 }, label: label)
        content.at = item.edited ?? content.at
        content.origin = item.clock
        content.imported = match.name
        guard ImportProblem.fits(content.fields, origin: content.origin, imported: content.imported) else {
            // More than fits into one edit; at the source it was written in several.
            for part in content.parts { try writer.append([.init(id, part)]) }
            if !merged.isEmpty { try writer.append([.init(id, self.content(merged, label: label))]) }
            return
        }
        try writer.append(
            [.init(id, content)] + (merged.isEmpty ? [] : [.init(id, self.content(merged, label: label))]))
    }

    /// The fields that an import changes in an existing entry; `nil` if nothing changes.
    ///
    /// - Parameters:
    ///   - basis: the text before it was changed at the source, if that is not known here.
    ///   - isWhole: whether the fields are all that the source has, so that other imported fields were removed there.
    ///     A text is never removed this way.
    ///   - held: the entry, if it was read in this transaction.
    func changes(
        _ item: ImportItem, _ id: EntryID, _ fields: [FieldName: JSONValue], basis: [FieldName: String] = [:],
        isWhole: Bool = false, held: ImportMatching.Held? = nil
    ) throws -> [FieldName: JSONValue]? {
        guard let entry = try held?.entry ?? store.reader.entry(id) else { return nil }
        let edits = try held?.edits ?? store.reader.edits(of: id, access.keyring)
        // Importing again brings back what undoing an import removed.
        let gone = edits.last { $0.live.contains(EntryVersions.gone) }
        let undone = Set(gone?.content?.undoes ?? [])
        let comesBack =
            entry.isTrashed && !item.isTrashed
            && edits.contains { undone.contains($0.context.dot) && $0.content?.isByHand == false }
        if let clock = item.clock, [.equal, .before].contains(clock.relation(to: entry.clock)) {
            return comesBack ? [EntryVersions.gone: .null] : nil
        }
        var changed = fields.filter { name, value in
            entry.fields[name] != value && Schema.field(name, of: entry.kind)?.isSetOnce != true
                && name != EntryVersions.gone
        }
        let past = EntryPast.edits(edits)
        let effective = past.effective
        for (name, value) in changed where past.origin(of: name, effective: effective)?.isByHand == true {
            // The field was changed here by hand: a text is merged, another field stays.
            let imported = effective.last { !$0.content.isByHand && $0.content.fields[name] != nil }
            let base = imported?.content.fields[name]?.asText ?? basis[name] ?? ""
            guard Schema.field(name, of: entry.kind)?.type == .prose, let theirs = value.asText, base != theirs else {
                changed[name] = nil
                continue
            }
            var merged = ProseMerge(base: base, versions: [entry.text(name) ?? "", theirs]).text
            // If the merged text is too long, ours stays.
            if merged.utf8.count > RecordLimits.proseBytesMax { merged = entry.text(name) ?? "" }
            changed[name] = merged == entry.text(name) ? nil : .text(Text(merged))
        }
        if isWhole {
            for name in entry.fields.keys where fields[name] == nil {
                guard [.set, .map].contains(Schema.field(name, of: entry.kind)?.type),
                    let ours = past.origin(of: name, effective: effective), !ours.isByHand, ours.imported != nil
                else { continue }
                changed[name] = .null
            }
        }
        if comesBack { changed[EntryVersions.gone] = .null }
        return changed
    }
}

extension JournalError {
    /// An import that failed after some of its transactions.
    fileprivate static func importCut(_ error: JournalError, done: Int, of count: Int) -> JournalError {
        JournalError(
            error.code,
            "The first \(done) of \(count) entries of the file are in, and the others are not. "
                + error.message.replacing(" Nothing was written.", with: ""),
            next: "\(error.next) Then import it again: what is in is not doubled.", underlying: error)
    }
}

extension EditContent {
    /// Split into several edits if necessary, the first with the initial fields of an entry.
    fileprivate var parts: [EditContent] {
        var parts: [EditContent] = []
        var part = self
        part.fields = fields.filter { FirstValues.names.contains($0.key) }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) where !FirstValues.names.contains(name) {
            var longer = part
            longer.fields[name] = value
            if part.fields.isEmpty || ImportProblem.fits(longer.fields, origin: origin, imported: imported) {
                part = longer
            } else {
                parts.append(part)
                part.fields = [name: value]
                part.proof = nil
            }
        }
        return parts + [part]
    }

    /// Whether a person wrote it, rather than an import or the undo of one. An edit that a join rewrote counts as
    /// what it was; a text that an import merged counts as both.
    var isByHand: Bool {
        guard let label = label?.string else { return true }
        if label.hasPrefix(Journal.joinLabel) { return imported == nil }
        // An imported edit is the entry's first one, or has an import name, or a clock if it came from our own
        // export.
        return label.hasPrefix(Journal.importLabel) && imported == nil && origin == nil && fields["kind"] == nil
    }
}

extension ImportCounts.Update {
    /// `nil` if the entry is only restored from the trash.
    fileprivate init?(_ entry: Entry, _ changed: [FieldName: JSONValue]) {
        guard changed.keys.contains(where: { $0 != EntryVersions.gone }) else { return nil }
        let fields = entry.fields.merging(changed) { $1 }.filter(Entry.isSet)
        let later = Entry(
            id: entry.id, kind: entry.kind, fields: fields, isTrashed: entry.isTrashed, unsettled: [:],
            clock: entry.clock, edited: entry.edited)
        self.init(
            id: entry.id, kind: entry.kind, at: entry.text("at") ?? "", title: entry.title, newTitle: later.title,
            difference: Self.difference(entry.text("body") ?? "", later.text("body") ?? ""))
    }
    /// The new text from the first word that differs; empty if it is the same.
    private static func difference(_ text: String, _ later: String) -> String {
        let (old, new) = (Array(text.unicodeScalars), Array(later.unicodeScalars))
        guard old != new else { return "" }
        var start = zip(old, new).prefix { $0 == $1 }.count
        while start > 0, !new[start - 1].properties.isWhitespace { start -= 1 }
        let stretch = String(String.UnicodeScalarView(new[start...])).split(whereSeparator: \.isNewline).first ?? ""
        return (start > 0 ? "… " : "") + Columns.cut(stretch, to: Entry.titleColumnsMax)
    }
}
