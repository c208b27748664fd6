public import CanonicalJSON
public import Causality
public import Records
import ReplicaStore
import SQLiteFile

extension Journal {
    /// Writes an entry. It is on the disk when this returns.
    @discardableResult
    public func add(_ draft: some Writable) async throws -> Entry {
        let entries = try await add([draft.draft])
        guard let entry = entries.first else { preconditionFailure("one draft is one entry") }
        return entry
    }

    /// Writes several entries as one change: all, or none.
    @discardableResult
    public func add(_ drafts: [EntryDraft]) async throws -> [Entry] {
        for draft in drafts {
            guard draft.kind != .device else {
                throw JournalError(
                    .badValue, "Devices are not written down as entries. Nothing was changed.", next: "See: btw device")
            }
            for (name, value) in draft.fields { try check(name, value, of: draft.kind) }
        }
        return try await writeEntries { transaction in
            let edits = drafts.map { draft in
                let name = draft.name ?? transaction.access.newName()
                return StoreWriter.Draft(name.id, transaction.content(transaction.complete(draft), proof: name.proof))
            }
            try transaction.writer.append(edits)
            return edits.map(\.entry)
        }
    }

    /// Sets fields of an entry; `null` clears one. Unchanged values are not written.
    public func edit(_ id: EntryID, _ fields: [FieldName: JSONValue]) async throws -> Entry {
        try await change(id) { entry in
            for (name, value) in fields {
                try self.check(name, value, of: entry.kind)
                if let spec = Schema.field(name, of: entry.kind), spec.isSetOnce {
                    throw JournalError(
                        .badValue, "\(name) is set when an entry is made, and never again. Nothing was changed.",
                        next: "See what can be set: btw edit --help")
                }
            }
            return fields
        }
    }

    /// Saves a body from an editor, merged with concurrent changes.
    ///
    /// - Parameter base: the body when the editor was opened.
    public func editBody(_ id: EntryID, from base: String, to body: String) async throws -> Entry {
        try await change(id) { entry in
            let current = entry.text("body") ?? ""
            let merged = ProseMerge(base: base, versions: [current, body]).text
            return ["body": merged.isEmpty ? .null : .text(Text(merged))]
        }
    }

    /// Moves an entry to the trash.
    public func trash(_ id: EntryID) async throws -> Entry {
        try await change(id) { $0.isTrashed ? [:] : [EntryVersions.gone: "trashed"] }
    }

    /// Restores an entry from the trash.
    public func restore(_ id: EntryID) async throws -> Entry {
        try await change(id) { $0.isTrashed ? [EntryVersions.gone: .null] : [:] }
    }

    /// Erases an entry on all devices, irreversibly.
    ///
    /// - Throws: ``JournalError``; `notYours` if this person is neither an owner nor the proven author, and nothing
    ///   was changed; `notScrubbed` if the entry is removed, but its bytes may still be in a file.
    public func forget(_ id: EntryID) async throws {
        try await write { transaction in
            try transaction.present(id)
            guard let draft = try transaction.forgetting(id) else { throw JournalError.notYours(id) }
            for name in try transaction.otherImportedNames(of: id) {
                if let draft = try transaction.forgetting(name) { try transaction.writer.append([draft]) }
            }
            try transaction.writer.append([draft])
            try transaction.store.compactSearch()
            try transaction.store.set(Self.scrubDue, to: id.description)
        }
        do {
            guard try await store.file.scrub() else {
                throw JournalError(
                    .notScrubbed, "The entry is forgotten, but another process still reads an older state of the file.",
                    next: "Close what else has the journal open, then: btw doctor")
            }
            try await store.write { try Self.scrubbed(for: id.description, in: $0) }
        } catch {
            throw JournalError.translated(error)
        }
    }

    /// The last forgotten entry whose bytes may still be in a file; empty if none.
    static let scrubDue = "scrub_due"

    /// Finishes scrubbing after a forget that was interrupted after its commit, or that was received.
    ///
    /// Called when the journal is opened, and when it is up to date. If scrubbing is not possible now, the next call
    /// tries again.
    static func finishScrubbing(_ store: Replica) throws {
        guard !store.file.isReadOnly, let due = try store.read({ try $0.setting(scrubDue) }), !due.isEmpty else {
            return
        }
        try store.write { try $0.compactSearch() }
        guard (try? store.file.scrub(within: .zero)) == true else { return }
        try store.write { try scrubbed(for: due, in: $0) }
    }

    private static func scrubbed(for due: String, in transaction: StoreTransaction) throws {
        // Another entry may have been forgotten meanwhile.
        if try transaction.reader.setting(scrubDue) == due { try transaction.set(scrubDue, to: "") }
    }

    /// Changes one entry within a transaction, and returns its new state.
    private func change(
        _ id: EntryID, _ fields: @escaping @Sendable (Entry) throws -> [FieldName: JSONValue]
    ) async throws -> Entry {
        let entries = try await writeEntries { transaction in
            let entry = try transaction.present(id)
            let isConflicted = try transaction.store.reader.conflictedFields(of: id)
            let changed = try fields(entry).filter { name, value in
                name == EntryVersions.gone || isConflicted.contains(name) || !Self.says(entry, name, value)
            }
            if !changed.isEmpty { try transaction.writer.append([.init(id, transaction.content(changed))]) }
            return [id]
        }
        guard let entry = entries.first else { preconditionFailure("one id is one entry") }
        return entry
    }

    /// Whether a field already has this value.
    private static func says(_ entry: Entry, _ name: FieldName, _ value: JSONValue) -> Bool {
        let isSet = Entry.isSet(name, value)
        return isSet ? entry.fields[name] == value : entry.fields[name] == nil
    }

    /// Values of known fields must be valid; unknown fields belong to a newer version.
    private func check(_ name: FieldName, _ value: JSONValue, of kind: Kind) throws {
        guard name.isWritable else {
            throw JournalError(
                .badValue, "A field must have a name, without NUL. Nothing was changed.",
                next: "See what can be set: btw edit --help")
        }
        guard let spec = Schema.field(name, of: kind) else { return }
        let problem =
            spec.type.problem(with: value) ?? name.element.flatMap { spec.problem(withElement: $0) }
        guard let problem else { return }
        throw JournalError(.badValue, "\(spec.name) \(problem). Nothing was changed.", next: "See: btw edit --help")
    }
}
