public import CanonicalJSON
public import Causality
public import Records
import ReplicaStore
import SQLiteFile

extension Journal {
    /// Writes an entry down. It is on the disk when this returns.
    @discardableResult
    public func add(_ draft: some Writable) async throws -> Entry {
        let entries = try await add([draft.draft])
        guard let entry = entries.first else { preconditionFailure("one draft is one entry") }
        return entry
    }

    /// Writes several entries down as one change: all, or none.
    @discardableResult
    public func add(_ drafts: [EntryDraft]) async throws -> [Entry] {
        for draft in drafts {
            guard draft.kind != .device else {
                throw JournalError(
                    .badValue, "Devices are not written down as entries. Nothing was changed.", next: "See: btw device")
            }
            for (name, value) in draft.fields { try check(name, value, of: draft.kind) }
        }
        return try await writeEntries { session in
            let edits = drafts.map { draft in
                let name = draft.name ?? session.access.newName()
                return StoreWriter.Draft(name.id, session.content(session.complete(draft), proof: name.proof))
            }
            try session.writer.append(edits)
            return edits.map(\.entry)
        }
    }

    /// Sets fields of an entry; `null` clears one. What is so already is not written again.
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

    /// Saves a body as it left an editor, merged with what happened to it meanwhile.
    ///
    /// - Parameter base: the body as it was when the editor opened.
    public func editBody(_ id: EntryID, from base: String, to body: String) async throws -> Entry {
        try await change(id) { entry in
            let current = entry.text("body") ?? ""
            let merged = ProseMerge(base: base, versions: [current, body]).text
            return ["body": merged.isEmpty ? .null : .text(Text(merged))]
        }
    }

    /// Puts an entry into the trash.
    public func trash(_ id: EntryID) async throws -> Entry {
        try await change(id) { $0.isTrashed ? [:] : [EntryVersions.gone: "trashed"] }
    }

    /// Takes an entry out of the trash.
    public func restore(_ id: EntryID) async throws -> Entry {
        try await change(id) { $0.isTrashed ? [EntryVersions.gone: .null] : [:] }
    }

    /// Scrubs an entry everywhere: nobody can bring it back.
    ///
    /// - Throws: ``JournalError``; with `notYours` this person neither is an owner nor proves to be the entry's author,
    ///   and nothing was changed; with `notScrubbed` the entry is gone, and its bytes are not yet out of every file.
    public func forget(_ id: EntryID) async throws {
        try await write { session in
            try session.present(id)
            guard let draft = try session.forgetting(id) else { throw JournalError.notYours(id) }
            for name in try session.otherImportedNames(of: id) {
                if let draft = try session.forgetting(name) { try session.writer.append([draft]) }
            }
            try session.writer.append([draft])
            try session.transaction.compactSearch()
            try session.transaction.set(Self.scrubDue, to: id.description)
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

    /// The entry that was forgotten last and whose bytes may still be in a file; empty for none.
    static let scrubDue = "scrub_due"

    /// Finishes a forgetting that was cut between its commit and the end of its scrubbing, or that came from elsewhere.
    ///
    /// Whoever opens the journal does it, and whoever gets in step. What stands in the way now is met again by
    /// the next.
    static func finishScrubbing(_ store: Replica) throws {
        guard !store.file.isReadOnly, let due = try store.read({ try $0.setting(scrubDue) }), !due.isEmpty else {
            return
        }
        try store.write { try $0.compactSearch() }
        guard (try? store.file.scrub(within: .zero)) == true else { return }
        try store.write { try scrubbed(for: due, in: $0) }
    }

    private static func scrubbed(for due: String, in transaction: StoreTransaction) throws {
        // Another one may have been forgotten meanwhile.
        if try transaction.reader.setting(scrubDue) == due { try transaction.set(scrubDue, to: "") }
    }

    /// Changes one entry within a transaction, and returns it as it stands afterwards.
    private func change(
        _ id: EntryID, _ fields: @escaping @Sendable (Entry) throws -> [FieldName: JSONValue]
    ) async throws -> Entry {
        let entries = try await writeEntries { session in
            let entry = try session.present(id)
            let isConflicted = try session.transaction.reader.conflictedFields(of: id)
            let changed = try fields(entry).filter { name, value in
                name == EntryVersions.gone || isConflicted.contains(name) || !Self.says(entry, name, value)
            }
            if !changed.isEmpty { try session.writer.append([.init(id, session.content(changed))]) }
            return [id]
        }
        guard let entry = entries.first else { preconditionFailure("one id is one entry") }
        return entry
    }

    /// Whether an entry's field says this already.
    private static func says(_ entry: Entry, _ name: FieldName, _ value: JSONValue) -> Bool {
        let isSet = Entry.isSet(name, value)
        return isSet ? entry.fields[name] == value : entry.fields[name] == nil
    }

    /// What this version knows of a field must fit it; what it does not know is a newer version's business.
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
