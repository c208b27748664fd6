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
        await tellDrafts(journal)
        guard let assignments = request.assignments else { return try await editBody(entry, journal) }
        let hasOthers = assignments.assignments.count > 1
        let way = InputWay(editing: entry, leavesOut: hasOthers ? ["the other fields"] : [])
        let words = assignments.readsStdin ? try wordsOnInput(way) : nil
        let changed = try await saving(words, way) {
            let outcome = try assignments.outcome(
                for: entry.kind, present: entry.elements, stdin: try words?.text, in: localTime)
            var fields = outcome.fields
            for (name, prefix) in outcome.references {
                fields[name] = .text(Text(try await self.entry(prefix, journal).id.description))
            }
            return try await journal.edit(entry.id, fields)
        }
        try await print([changed], journal)
        return 0
    }

    /// The body in the editor; what happened to it meanwhile is merged in.
    private func editBody(_ entry: Entry, _ journal: Journal) async throws -> Int32 {
        guard console.isInputTerminal else {
            throw Failure.needsAnswer("An editor needs a terminal.", option: "--set body=-")
        }
        if let error = journal.keyError { throw error }
        let before = entry.text("body") ?? ""
        let text = EditedText(before)
        let way = InputWay(editing: entry)
        let words = try edited(text.file, way)
        return try await finish(
            saving(words, way) {
                guard let after = try text.changed(to: words.bytes) else { return nil }
                return ([try await journal.editBody(entry.id, from: before, to: after.string)], journal)
            })
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
            let drafts = draftCount(of: entry.id)
            let also =
                drafts == 0
                ? "" : " \(drafts.counting("text", "texts")) of it from your editor \(drafts == 1 ? "goes" : "go") too."
            let question = "Forget it for ever? Nobody can bring it back.\(also)"
            guard console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
            console.tell(try await entryLine(entry, journal).text)
            guard console.asks(question) else { throw Failure.answeredNo }
        }
        do { try await journal.forget(entry.id) } catch let error as JournalError where error.code == .notScrubbed {
            _ = forgetDrafts(of: entry.id)
            throw error
        }
        let drafts = forgetDrafts(of: entry.id)
        if drafts.isEmpty {
            say("Forgotten. No file of this journal holds it any more.")
        } else {
            say("Forgotten. The journal holds it no more. These texts are not saved, and may still hold it:")
            for path in drafts { say("  \(path)") }
        }
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
