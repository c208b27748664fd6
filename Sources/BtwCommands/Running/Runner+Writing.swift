import Between
import CanonicalJSON
import Causality
import Records

extension Runner {
    func note(_ new: NewNote) async throws -> Int32 {
        guard let fields = new.fields(try text(new.text), now: localTime.now) else { return nothingWritten() }
        return try await write([EntryDraft(.note, fields)], about: new.options.about)
    }

    func mood(_ new: NewMood) async throws -> Int32 {
        let stdin = new.words.readsStdin ? try stdinText() : nil
        guard let fields = new.fields(stdin: stdin, now: localTime.now) else { return nothingWritten() }
        return try await write([EntryDraft(.mood, fields)], about: new.options.about)
    }

    func homework(_ new: NewHomework) async throws -> Int32 {
        guard let fields = try new.fields(try text(new.title), now: localTime.now) else { return nothingWritten() }
        let journal = try await open()
        let name = try journal.newName()
        let steps = new.stepFields(of: name.id, now: localTime.now).map { EntryDraft(.homework, $0) }
        return try await write(
            [EntryDraft(.homework, fields, name: name)] + steps, about: new.options.about, in: journal)
    }

    func session(_ new: NewSession) async throws -> Int32 {
        try await write([EntryDraft(.session, new.fields(now: localTime.now))], about: new.options.about)
    }

    func nothingWritten() -> Int32 {
        console.tell(Command.nothingWritten)
        return 0
    }

    /// Writes entries as one change, the first about another entry where that was asked for.
    private func write(
        _ drafts: [EntryDraft], about: IDPrefix?, in opened: Journal? = nil
    ) async throws -> Int32 {
        var drafts = drafts
        if let about {
            guard let existing = try await openExisting() else { throw Failure.noSuchEntry }
            let parent = try await entry(about, existing)
            drafts[0].fields["about"] = .text(Text(parent.id.description))
        }
        let journal: Journal
        if let opened { journal = opened } else { journal = try await open() }
        try await print(try await journal.add(drafts), journal)
        return 0
    }

    func text(_ source: TextSource) throws -> NoteText {
        switch source {
        case .typed(let text): text
        case .stdin: try stdinText()
        case .asked:
            console.isInputTerminal
                ? try NoteText(bytes: try Editor(console, folder: home).edit("")) : try stdinText()
        }
    }

    func stdinText() throws -> NoteText {
        try NoteText(bytes: try console.readAll(lengthMax: 2 * RecordLimits.editBytesMax))
    }
}
