import Between
import Records

/// The command `btw forget ID`.
package struct ForgetCommand: Command {
    package static let description = CommandDescription(
        "forget", in: .changing, "remove what an entry says for ever", arguments: [.entryID],
        details: """
            Removes what an entry says for ever, on all devices, and what your editor
            left of it. It asks first; --yes answers. Other drafts that are there are
            named: look whether they hold it. An entry's author can, and an owner of
            the journal.
            """, example: "btw forget n3f0")

    package let id: IDPrefix

    package init(_ arguments: ParsedArguments) throws(Failure) { id = try arguments.onlyID() }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let console = context.console
        let (journal, entry) = try await context.existing(id)
        if !context.globals.answersYes {
            let drafts = context.draftCount(of: entry.id)
            let also =
                drafts == 0
                ? "" : " \(drafts.counting("text", "texts")) of it from your editor \(drafts == 1 ? "goes" : "go") too."
            let question = "Forget it for ever? Nobody can bring it back.\(also)"
            guard console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
            console.notify(try await context.entryLine(entry, journal).text)
            guard console.asks(question) else { throw Failure.answeredNo }
        }
        do { try await journal.forget(entry.id) } catch let error as JournalError where error.code == .notScrubbed {
            _ = context.forgetDrafts(of: entry.id)
            throw error
        }
        let drafts = context.forgetDrafts(of: entry.id)
        if drafts.isEmpty {
            context.print("Forgotten. No file of this journal holds it any more.")
        } else {
            context.print("Forgotten. The journal holds it no more. These texts are not saved, and may still hold it:")
            for path in drafts { context.print("  \(path)") }
        }
        return 0
    }
}
