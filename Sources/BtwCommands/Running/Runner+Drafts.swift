import Between
import CanonicalJSON
import Causality
import Foundation
import Records

/// A text as it came in, until it is in the journal.
struct IncomingText {
    fileprivate enum Source {
        case arguments(NoteText)
        /// `draft` is the file of the home that somebody gave as standard input.
        case input([UInt8], draft: Draft?)
        case terminal([UInt8])
        case editor([UInt8], Draft)
    }

    fileprivate let source: Source

    /// - Throws: ``Failure`` with exit 2 for what is no text.
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

extension Runner {
    private var drafts: Drafts { Drafts(home: home) }
    private static let typedBytesMax = 64 << 20
    private static let linesMax = 3

    /// The words for a new entry.
    ///
    /// - Parameter way: the command that takes them from standard input, for the message of what went wrong.
    func words(_ source: TextSource, _ way: String) throws -> IncomingText {
        switch source {
        case .typed(let text): IncomingText(source: .arguments(text))
        case .stdin: try wordsOnInput(way)
        case .asked: console.isInputTerminal ? try edited(nil, [], way) : try wordsOnInput(way)
        }
    }

    /// The words on standard input.
    func wordsOnInput(_ way: String) throws -> IncomingText {
        var bytes: [UInt8] = []
        guard console.isInputTerminal else {
            try console.readAll(into: &bytes, lengthMax: 2 * RecordLimits.editBytesMax)
            let draft = drafts.all().first { $0.isOnStandardInput && $0.take() }
            return IncomingText(source: .input(bytes, draft: draft))
        }
        // Nobody types as much as this; what is too long for an entry is kept like other words.
        do { try console.readAll(into: &bytes, lengthMax: Self.typedBytesMax) } catch {
            throw kept(IncomingText(source: .terminal(bytes)), error, way)
        }
        return IncomingText(source: .terminal(bytes))
    }

    /// Opens the editor with a text, and returns what it left: the same where its file was removed there.
    ///
    /// - Parameter entry: the one whose text it is; `nil` for a new one.
    func edited(_ entry: EntryID?, _ bytes: [UInt8], _ way: String) throws -> IncomingText {
        let drafts = drafts
        drafts.sweep()
        let draft = try drafts.begin(entry, holding: bytes, isWritten: false)
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

    /// Saves words; what keeps them goes when they are on the disk.
    ///
    /// - Throws: what `save` throws. Where the words would be gone, they are kept in a file that the error names.
    func saving<Saved>(_ words: IncomingText?, _ way: String, _ save: () async throws -> Saved) async throws -> Saved {
        do {
            let saved = try await save()
            switch words?.source {
            case .editor(_, let draft):
                draft.finish()
                if draft.holdsWords { console.tell("What else was saved there is in \(draft.wordsPath).") }
            case .input(_, let draft): draft?.finishInput()
            case .arguments, .terminal, nil: break
            }
            return saved
        } catch {
            throw words.map { kept($0, error, way) } ?? error
        }
    }

    /// Tells on stderr of texts that are not in the journal, before somebody writes them again.
    func tellDrafts(_ journal: Journal?) async {
        guard !globals.isJSON, !globals.isQuiet else { return }
        for line in await draftLines(journal) { console.tell(line) }
    }

    /// What there is to say of texts that are not in the journal, and that nobody has open.
    func draftLines(_ journal: Journal?) async -> [String] {
        let left = drafts.left().filter { !$0.isOnStandardInput }
        var lines: [String] = []
        for draft in left.prefix(Self.linesMax) {
            var way = "btw note -"
            if let entry = draft.entry, let journal, (try? await journal.entry(entry)) != nil {
                way = "btw edit \(entry) --set body=-"
            }
            lines.append("Not saved: \(draft.wordsPath)")
            lines.append("  to save it: \(next(for: draft, way))")
            lines.append("  to drop it: \(draft.dropping)")
        }
        if left.count > Self.linesMax {
            lines.append("And \(left.count - Self.linesMax) more: ls \(Draft.quoted(home + "/drafts"))")
        }
        return lines
    }

    /// Where the texts are that are not in the journal, and that nobody has open.
    func draftPaths() -> [String] { drafts.left().map(\.wordsPath) }

    /// How many texts of an entry are not in the journal, and go with it when it is forgotten.
    func draftCount(of entry: EntryID) -> Int {
        drafts.all().count { $0.entry == entry && $0.holdsWords && !$0.isOpen }
    }

    /// Removes what editors left of an entry that is forgotten, and answers where else its words may be.
    func forgetDrafts(of entry: EntryID) -> [String] {
        drafts.removeOldRests()
        for draft in drafts.all() where draft.entry == entry && draft.take() { draft.discard() }
        return drafts.all().filter { $0.isOpen || $0.holdsWords }.map(\.wordsPath)
    }

    private func kept(_ words: IncomingText, _ error: any Error, _ way: String) -> any Error {
        switch words.source {
        case .arguments, .input: return error
        case .editor(_, let draft): return kept(draft, error, way)
        case .terminal(let bytes):
            guard !bytes.isEmpty, let draft = try? drafts.begin(nil, holding: bytes, isWritten: true) else {
                return error
            }
            return kept(draft, error, way)
        }
    }

    private func kept(_ draft: Draft, _ error: any Error, _ way: String) -> Failure {
        let failure = Failure.translated(error)
        // What a journal's error says of what to do next is often a sentence that belongs to what happened.
        let advice = error is JournalError && failure.next.hasSuffix(".") ? " " + failure.next : ""
        let path = Draft.quoted(draft.wordsPath)
        let next =
            switch failure.code {
            case "not_utf8": "iconv -f LATIN1 -t UTF-8 \(path) | \(way)"
            case "usage", "too_large": "mend it in an editor, then: \(way) < \(path)"
            default: next(for: draft, way)
            }
        return Failure(
            failure.exit, code: failure.code,
            "\(failure.message)\(advice) What you wrote is in \(draft.wordsPath).", next: next)
    }

    private func next(for draft: Draft, _ way: String) -> String {
        let path = Draft.quoted(draft.path)
        if draft.hasSwapFile { return "vim -r \(path), write it there, then: \(way) < \(path)" }
        return "\(way) < \(Draft.quoted(draft.wordsPath))"
    }
}
