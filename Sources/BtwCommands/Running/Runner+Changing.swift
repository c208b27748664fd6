import Between
import CanonicalJSON
import Causality
import Records

extension Runner {
    func done(_ request: DoneRequest) async throws -> Int32 {
        let (journal, entry) = try await existing(request.id)
        guard entry.kind == .homework else {
            throw Failure.usage("Only homework can be done.", next: "btw list hw")
        }
        let state: JSONValue = request.letsGo ? "let_go" : "done"
        let isAlready = entry.fields["state"] == state
        var fields: [FieldName: JSONValue] = [:]
        if !isAlready {
            fields["state"] = state
            if !request.letsGo { fields["done_at"] = .text(Text(environment.now().description)) }
        }
        fields["outcome"] = request.outcome.map { .text($0) }
        let changed = try await journal.edit(entry.id, fields)
        if isAlready, request.outcome == nil, !globals.isJSON {
            say(request.letsGo ? "already let go" : "already done")
            return 0
        }
        try await print([changed], journal)
        return 0
    }

    func edit(_ request: EditRequest) async throws -> Int32 {
        let (journal, entry) = try await existing(request.id)
        guard let assignments = request.assignments else { return try await editBody(entry, journal) }
        let stdin = assignments.readsStdin ? try stdinText() : nil
        let outcome = try assignments.outcome(
            for: entry.kind, present: entry.elements, stdin: stdin, in: localTime)
        var fields = outcome.fields
        for (name, prefix) in outcome.references {
            fields[name] = .text(Text(try await self.entry(prefix, journal).id.description))
        }
        try await print([try await journal.edit(entry.id, fields)], journal)
        return 0
    }

    /// The body in the editor; what happened to it meanwhile is merged in.
    private func editBody(_ entry: Entry, _ journal: Journal) async throws -> Int32 {
        guard console.isInputTerminal else {
            throw Failure.needsAnswer("An editor needs a terminal.", option: "--set body=-")
        }
        let before = entry.text("body") ?? ""
        let after = try NoteText(bytes: try Editor(console, folder: home).edit(before))
        guard after.body != Text(before) else { return nothingWritten() }
        try await print([try await journal.editBody(entry.id, from: before, to: after.body.string)], journal)
        return 0
    }

    func remove(_ id: IDPrefix) async throws -> Int32 {
        let (journal, entry) = try await existing(id)
        try await print([try await journal.trash(entry.id)], journal)
        return 0
    }

    func restore(_ id: IDPrefix) async throws -> Int32 {
        let (journal, entry) = try await existing(id)
        try await print([try await journal.restore(entry.id)], journal)
        return 0
    }

    func forget(_ id: IDPrefix) async throws -> Int32 {
        let (journal, entry) = try await existing(id)
        if !globals.saysYes {
            let question = "Forget it for ever? Nobody can bring it back."
            guard console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
            console.tell(try await entryLine(entry, journal).text)
            guard console.asks(question) else { throw Failure.answeredNo }
        }
        try await journal.forget(entry.id)
        say("Forgotten. No file of this journal holds it any more.")
        return 0
    }

    func undo(_ dot: Dot?) async throws -> Int32 {
        guard let journal = try await openExisting() else {
            throw JournalError(.nothingToUndo, "There is nothing to undo.", next: "btw list")
        }
        let undone: Journal.Undone
        do { undone = try await journal.undo(dot) } catch let error as JournalError where error.code == .notFound {
            throw Failure(
                .notFound, code: "not_found", "No edit here has this name. \(Failure.nothingChanged)",
                next: "btw history ID")
        }
        if globals.isJSON || undone.entries.count == 1 {
            for id in undone.entries { try await print([try await journal.entry(id)], journal) }
            return 0
        }
        let kept = undone.kept == 0 ? "" : " \(undone.kept) were changed since, and are as they were."
        say("Undone: \(undone.entries.count) entries.\(kept) They are in the trash if nothing was there before.")
        return 0
    }

    private func existing(_ id: IDPrefix) async throws -> (Journal, Entry) {
        guard let journal = try await openExisting() else { throw Failure.noSuchEntry }
        return (journal, try await entry(id, journal))
    }
}
