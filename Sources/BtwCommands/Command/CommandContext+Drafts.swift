import Between
import CanonicalJSON
import Causality
import Foundation
import Records

/// A text that was read, until it is in the journal.
struct IncomingText {
    fileprivate enum Source {
        case arguments(NoteText)
        /// `draft` is set if standard input is the file of a draft in the home.
        case input([UInt8], draft: Draft?)
        case terminal([UInt8])
        case editor([UInt8], Draft)
    }

    fileprivate let source: Source

    /// - Throws: ``Failure`` with exit 2 for bytes that are not a valid text.
    var text: NoteText {
        get throws {
            switch source {
            case .arguments(let text): text
            case .input(let bytes, _), .terminal(let bytes), .editor(let bytes, _): try NoteText(bytes: bytes)
            }
        }
    }

    var bytes: [UInt8] {
        switch source {
        case .arguments(let text): Array(text.body.string.utf8)
        case .input(let bytes, _), .terminal(let bytes), .editor(let bytes, _): bytes
        }
    }
}

/// The command that saves a text from standard input, for messages.
struct InputWay {
    /// The command line after `btw`.
    let command: String
    /// The entry whose text is edited; `nil` for a new entry.
    let entry: EntryID?
    /// Options that were given with the text and that the command leaves out.
    let leavesOut: [String]

    static let note = InputWay("note -")

    init(_ command: String, leavesOut: [String] = []) {
        self.command = command
        entry = nil
        self.leavesOut = leavesOut
    }

    /// For the text of an entry: the outcome of homework, the body of all other kinds.
    init(editing entry: Entry, leavesOut: [String] = []) {
        let field = entry.kind == .homework ? "outcome" : "body"
        command = "edit \(entry.id) --set \(field)=-"
        self.entry = entry.id
        self.leavesOut = leavesOut
    }
}

extension CommandContext {
    private static let typedBytesMax = 64 << 20
    private static let linesMax = 3

    /// Reads the text of a new entry.
    ///
    /// - Parameter way: the command that saves a text from standard input, for error messages.
    func words(_ source: TextSource, _ way: InputWay) throws -> IncomingText {
        switch source {
        case .typed(let text): IncomingText(source: .arguments(text))
        case .stdin: try wordsOnInput(way)
        case .asked: console.isInputTerminal ? try edited([], way) : try wordsOnInput(way)
        }
    }

    /// Reads the text from standard input.
    func wordsOnInput(_ way: InputWay) throws -> IncomingText {
        var bytes: [UInt8] = []
        guard console.isInputTerminal else {
            try console.readAll(into: &bytes, lengthMax: 2 * RecordLimits.editBytesMax)
            let draft = drafts.all().first { $0.isOnStandardInput && $0.take() }
            return IncomingText(source: .input(bytes, draft: draft))
        }
        // More than anybody types; a text that is too long for an entry is kept as a draft like others.
        do { try console.readAll(into: &bytes, lengthMax: Self.typedBytesMax) } catch {
            throw kept(IncomingText(source: .terminal(bytes)), error, way)
        }
        return IncomingText(source: .terminal(bytes))
    }

    /// Opens the editor with a text, and returns its result: the same text if the editor removed the file.
    ///
    /// - Parameter way: as for ``words(_:_:)``; it names the entry whose text is edited.
    func edited(_ bytes: [UInt8], _ way: InputWay) throws -> IncomingText {
        let drafts = drafts
        drafts.sweep()
        let draft = try drafts.begin(way.entry, holding: bytes, isWritten: false)
        do {
            try Editor(console).edit(draft.path)
            return IncomingText(source: .editor(try draft.read() ?? bytes, draft))
        } catch {
            guard draft.holdsWords else {
                draft.finish()
                throw error
            }
            throw kept(draft, error, way)
        }
    }

    /// Saves a text, and removes its draft when the text is on the disk.
    ///
    /// - Throws: the errors of `save`. If the text would be lost, it is kept in a file that the error names.
    func saving<Saved>(_ words: IncomingText?, _ way: InputWay, _ save: () async throws -> Saved) async throws -> Saved
    {
        do {
            let saved = try await save()
            switch words?.source {
            case .editor(_, let draft): finish(draft, isInput: false, way)
            case .input(_, let draft?): finish(draft, isInput: true, way)
            case .input, .arguments, .terminal, nil: break
            }
            return saved
        } catch {
            throw words.map { kept($0, error, way) } ?? error
        }
    }

    /// Lists unsaved drafts on stderr, before the user writes the same text again.
    func notifyDrafts(_ journal: JournalSpace?) async {
        guard !globals.isJSON, !globals.isQuiet else { return }
        for line in await draftLines(journal) { console.notify(line) }
    }

    /// Opens the journal, runs `body`, and then lists unsaved drafts; on stderr if the journal does not open.
    func printingDrafts(
        _ open: () async throws -> JournalSpace?, _ print: (String) -> Void,
        _ body: (JournalSpace?) async throws -> Int32
    ) async throws -> Int32 {
        let journal: JournalSpace?
        do { journal = try await open() } catch {
            await notifyDrafts(nil)
            throw error
        }
        // Before the rest, which may fail.
        let lines = globals.isJSON ? [] : await draftLines(journal)
        defer { for line in lines { print(line) } }
        return try await body(journal)
    }

    /// Lines about texts that are neither in the journal nor open in an editor.
    func draftLines(_ journal: JournalSpace?) async -> [String] {
        let left = drafts.left().filter { !$0.isOnStandardInput }
        var lines: [String] = []
        for draft in left.prefix(Self.linesMax) {
            var way = InputWay.note
            if let id = draft.entry, let entry = try? await journal?.entry(id) { way = InputWay(editing: entry) }
            lines.append("Not saved: \(draft.wordsPath)")
            lines.append("  to save it: \(next(for: draft, way))")
            lines.append("  to drop it: \(draft.dropping)")
        }
        if left.count > Self.linesMax {
            lines.append("And \(left.count - Self.linesMax) more: ls \(Journal.shellWord(home + "/drafts"))")
        }
        return lines
    }

    /// The paths of texts that are neither in the journal nor open in an editor.
    func draftPaths() -> [String] { drafts.left().map(\.wordsPath) }

    /// The number of unsaved texts of an entry, which are removed when the entry is forgotten.
    func draftCount(of entry: EntryID) -> Int {
        drafts.all().count { $0.entry == entry && $0.holdsWords && !$0.isOpen }
    }

    /// Removes the drafts of a forgotten entry, and returns the paths of others that may contain its text.
    func forgetDrafts(of entry: EntryID) -> [String] {
        drafts.removeOldRests()
        for draft in drafts.all() where draft.entry == entry && draft.take() { draft.discard() }
        return drafts.all().filter { $0.isOpen || $0.holdsWords }.map(\.wordsPath)
    }

    /// Removes the draft of a saved text, and reports any other text that was saved beside it.
    private func finish(_ draft: Draft, isInput: Bool, _ way: InputWay) {
        let isElsewhere = draft.finish(isInput: isInput)
        guard draft.holdsWords else { return }
        console.notify("What else was saved there is in \(draft.wordsPath).")
        console.notify("  to save it: \(next(for: draft, isElsewhere ? way : .note))")
    }

    private func kept(_ words: IncomingText, _ error: any Error, _ way: InputWay) -> any Error {
        switch words.source {
        case .arguments, .input: return error
        case .editor(_, let draft): return kept(draft, error, way)
        case .terminal(let bytes):
            guard !bytes.isEmpty, let draft = try? drafts.begin(way.entry, holding: bytes, isWritten: true) else {
                return error
            }
            return kept(draft, error, way)
        }
    }

    private func kept(_ draft: Draft, _ error: any Error, _ way: InputWay) -> Failure {
        let failure = Failure.translated(error)
        // The `next` of a journal error is often a sentence that belongs to the message.
        let advice = error is JournalError && failure.next.hasSuffix(".") ? " " + failure.next : ""
        let isGone = ["forgotten", "not_found"].contains(failure.code)
        let isRefused = ["usage", "too_large"].contains(failure.code)
        let others =
            way.leavesOut.isEmpty || isGone
            ? "" : " The line below leaves out what you gave besides: \(way.leavesOut.joined(separator: ", "))."
        return Failure(
            failure.exit, code: failure.code,
            "\(failure.message)\(advice) What you wrote is in \(draft.wordsPath).\(others)",
            next: next(for: draft, isGone ? .note : way, isRefused: isRefused))
    }

    /// The command that saves a draft, for messages and for `btw` alone.
    ///
    /// - Parameter isRefused: whether the journal refuses the text as it is.
    private func next(for draft: Draft, _ way: InputWay, isRefused: Bool = false) -> String {
        let home = globals.hasHomeOption ? "--home \(Journal.shellWord(drafts.home)) " : ""
        let words = Journal.shellWord(draft.wordsPath)
        let (before, path) =
            if draft.hasSwapFile {
                ("vim -r \(Journal.shellWord(draft.path)), write it there, then: ", Journal.shellWord(draft.path))
            } else if !draft.isUTF8 {
                // Written over the original, so that it is removed with the draft.
                ("iconv -f LATIN1 -t UTF-8 \(words) >\(words).new && mv \(words).new \(words) && ", words)
            } else if isRefused {
                ("mend it in an editor, then: ", words)
            } else {
                ("", words)
            }
        return "\(before)btw \(home)\(way.command) < \(path)"
    }
}
