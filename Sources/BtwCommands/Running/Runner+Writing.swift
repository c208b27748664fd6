import Between
import CanonicalJSON
import Causality
import Records

extension Runner {
    func note(_ new: NewNote) async throws -> Int32 {
        let existing = try await openExisting()
        await tellDrafts(existing)
        // Before an hour of writing, not after it.
        if new.text == .asked, let error = existing?.keyError { throw error }
        let about = try await parent(new.options, existing)
        let way = InputWay("note -", leavesOut: new.options.given)
        let words = try words(new.text, way)
        return try await finish(
            saving(words, way) {
                guard let fields = new.fields(try words.text, now: localTime.now, about: about) else { return nil }
                return try await add([EntryDraft(.note, fields)], in: existing)
            })
    }

    func mood(_ new: NewMood) async throws -> Int32 {
        let existing = try await openExisting()
        let about = try await parent(new.options, existing)
        let way = InputWay("mood -", leavesOut: new.options.given + new.words.given)
        let words = new.words.readsStdin ? try wordsOnInput(way) : nil
        return try await finish(
            saving(words, way) {
                guard let fields = new.fields(stdin: try words?.text, now: localTime.now, about: about) else {
                    return nil
                }
                return try await add([EntryDraft(.mood, fields)], in: existing)
            })
    }

    func homework(_ new: NewHomework) async throws -> Int32 {
        let existing = try await openExisting()
        let about = try await parent(new.options, existing)
        let others = [("--due", new.due != nil), ("--times", new.target != nil), ("--step", !new.steps.isEmpty)]
        let way = InputWay("hw -", leavesOut: new.options.given + others.filter { $0.1 }.map { $0.0 })
        let words = try words(new.title, way)
        return try await finish(
            saving(words, way) {
                guard let fields = try new.fields(try words.text, now: localTime.now, about: about) else { return nil }
                let journal = if let existing { existing } else { try await open() }
                let name = try journal.newName()
                let steps = new.stepFields(of: name.id, now: localTime.now).map { EntryDraft(.homework, $0) }
                return try await add([EntryDraft(.homework, fields, name: name)] + steps, in: journal)
            })
    }

    func session(_ new: NewSession) async throws -> Int32 {
        let existing = try await openExisting()
        let about = try await parent(new.options, existing)
        return try await finish(
            add([EntryDraft(.session, new.fields(now: localTime.now, about: about))], in: existing))
    }

    func nothingWritten() -> Int32 {
        console.tell(Command.nothingWritten)
        return 0
    }

    /// Prints what was written, or says that nothing was.
    func finish(_ saved: (entries: [Entry], journal: Journal)?) async throws -> Int32 {
        guard let saved else { return nothingWritten() }
        try await print(saved.entries, saved.journal)
        return 0
    }

    /// Writes entries as one change, into the journal that is here or a new one.
    private func add(_ drafts: [EntryDraft], in existing: Journal?) async throws -> (
        entries: [Entry], journal: Journal
    )? {
        let journal = if let existing { existing } else { try await open() }
        return (try await journal.add(drafts), journal)
    }

    /// The entry that a new one is about: looked for before anybody writes a text.
    private func parent(_ options: EntryOptions, _ existing: Journal?) async throws -> EntryID? {
        guard let about = options.about else { return nil }
        guard let existing else { throw Failure.noSuchEntry }
        return try await entry(about, existing).id
    }
}
