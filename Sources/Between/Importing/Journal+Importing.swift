import CanonicalJSON
import Causality
import Records
import ReplicaStore
import Sealing

extension Journal {
    /// Entries of an import that are one transaction: the lock is free between two.
    static let importChunk = 250

    /// Brings entries in. What is here already is not doubled, so an import that was cut is just started again.
    ///
    /// All of it is one step to ``undo(_:)``. An entry that changed at its source since
    /// updates ours; where ours was changed too, its text merges and its other fields stay.
    ///
    /// - Parameters:
    ///   - items: the entries, in the order in which they are written.
    ///   - isDryRun: whether only to count.
    ///   - progress: told how many are done after each transaction.
    /// - Returns: what became of them.
    @discardableResult
    public func importItems(
        _ items: [ImportItem], isDryRun: Bool = false, progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> ImportCounts {
        let label = Text("import " + newID().description)
        var counts = ImportCounts()
        for start in stride(from: 0, to: items.count, by: Self.importChunk) {
            let chunk = items[start..<min(start + Self.importChunk, items.count)]
            let before = counts
            counts = try await write { session in
                var counts = before
                for item in chunk { try session.bring(item, label: label, isDryRun: isDryRun, &counts) }
                return counts
            }
            progress(counts.total)
        }
        return counts
    }
}

extension WritingSession {
    func bring(_ item: ImportItem, label: Text, isDryRun: Bool, _ counts: inout ImportCounts) throws {
        let id =
            switch item.name {
            case .own(let id): id
            case .foreign(let source, let name): access.keys.importedEntryID(source: source, id: name)
            }
        var fields = item.fields
        // Who is in the space, no file says.
        guard fields["kind"] != .text(Kind.device.name) else {
            counts.skipped += 1
            return
        }
        if item.isTrashed { fields[EntryVersions.gone] = "trashed" }
        switch try transaction.reader.presence(of: id) {
        case .forgotten:
            counts.skipped += 1
            return
        case .unknown:
            counts.new += 1
            fields = complete(EntryDraft(Kind(Text(fields["kind"]?.asText ?? "note")), fields))
        case .here:
            guard let changed = try changes(item, id, fields), !changed.isEmpty else {
                counts.same += 1
                return
            }
            counts.updated += 1
            fields = changed
        }
        guard !isDryRun else { return }
        var content = content(fields, label: label)
        content.at = item.edited ?? content.at
        content.origin = item.clock
        if case .foreign(let source, let name) = item.name {
            content.imported = ImportName(source: Text(source), id: Text(name))
        }
        try writer.append([.init(id, content)])
    }

    /// What an import changes of an entry that is here; `nil` for nothing.
    ///
    /// - Parameter basis: what a text was before it was changed where it comes from, if that is not known here.
    func changes(
        _ item: ImportItem, _ id: EntryID, _ fields: [FieldName: JSONValue], basis: [FieldName: String] = [:]
    ) throws -> [FieldName: JSONValue]? {
        guard let entry = try transaction.reader.entry(id) else { return nil }
        let edits = try transaction.reader.edits(of: id, access.keyring)
        // What the undoing of an import took away, importing again brings back.
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
        for (name, value) in changed {
            guard let ours = edits.last(where: { $0.live.contains(name) }), ours.content?.isByHand == true else {
                continue
            }
            // Ours was changed by hand: a text merges with what came before, another field stays.
            let imported = edits.last { $0.content?.isByHand == false && $0.content?.fields[name] != nil }
            let base = imported?.content?.fields[name]?.asText ?? basis[name] ?? ""
            guard Schema.field(name, of: entry.kind)?.type == .prose, let theirs = value.asText, base != theirs else {
                changed[name] = nil
                continue
            }
            let merged = ProseMerge(base: base, versions: [entry.text(name) ?? "", theirs]).text
            changed[name] = merged == entry.text(name) ? nil : .text(Text(merged))
        }
        if comesBack { changed[EntryVersions.gone] = .null }
        return changed
    }
}

extension EditContent {
    /// Whether a person wrote it one by one, and not an import, or the undoing of one. What a join wrote again is what
    /// it was.
    var isByHand: Bool {
        guard let label else { return true }
        return label.string.hasPrefix(Journal.joinLabel) && imported == nil
    }
}
