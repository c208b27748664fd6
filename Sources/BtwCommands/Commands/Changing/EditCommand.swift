import Between
import CanonicalJSON
import Causality
import Records

/// The command `btw edit ID --set field=value …`, or `btw edit ID`.
package struct EditCommand: Command {
    private static let setOption = OptionDescription(
        "--set", "FIELD=VALUE", "Sets a field; FIELD= clears it, tags+=a adds to a set.", isRepeatable: true)

    package static let description = CommandDescription(
        "edit", in: .changing, "change an entry", arguments: [.entryID], options: [setOption],
        details: """
            Without --set it opens the text in your editor; what cannot be saved stays in
            drafts, in the journal's folder. FIELD= clears a field, body=- reads standard
            input. tags=a,b sets all tags, tags+=a adds one, tags-=b takes one away.
            btw undo takes an edit back.
            """, example: "btw edit h7q2 --set due=2026-10-16 --set tags+=work")

    package let id: IDPrefix
    /// The fields to set; `nil` opens the body in the editor.
    package let assignments: FieldAssignments?

    /// One `--set` may be followed by several assignments.
    package init(_ arguments: ParsedArguments) throws(Failure) {
        let sets = arguments.all(Self.setOption)
        let more = sets.isEmpty ? [] : arguments.words.filter { $0.contains("=") }
        let words = arguments.words.filter { !more.contains($0) }
        guard words.count == 1, let id = words.first else {
            throw .usage("An edit is of one entry; a value of several words stands in quotes.", of: Self.self)
        }
        self.id = try IDPrefix(parsing: id)
        assignments = sets.isEmpty ? nil : try FieldAssignments(sets + more)
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let (journal, entry) = try await context.existing(id)
        await context.notifyDrafts(journal)
        guard let assignments else { return try await editBody(entry, journal, context) }
        let hasOthers = assignments.assignments.count > 1
        let way = InputWay(editing: entry, leavesOut: hasOthers ? ["the other fields"] : [])
        let words = assignments.readsStdin ? try context.wordsOnInput(way) : nil
        let changed = try await context.saving(words, way) {
            let outcome = try assignments.outcome(
                for: entry.kind, present: entry.elements, stdin: try words?.text, in: context.localTime)
            var fields = outcome.fields
            for (name, prefix) in outcome.references {
                fields[name] = .text(Text(try await context.entry(prefix, journal).id.description))
            }
            return try await journal.edit(entry.id, fields)
        }
        try await context.print([changed], journal)
        return 0
    }

    /// Edits the body in the editor; concurrent changes to it are merged.
    private func editBody(_ entry: Entry, _ journal: JournalSpace, _ context: CommandContext) async throws -> Int32 {
        guard context.console.isInputTerminal else {
            throw Failure.needsAnswer("An editor needs a terminal.", option: "--set body=-")
        }
        if let error = journal.keyError { throw error }
        let before = entry.text("body") ?? ""
        let text = EditedText(before)
        let way = InputWay(editing: entry)
        let words = try context.edited(text.file, way)
        return try await context.finish(
            context.saving(words, way) {
                guard let after = try text.changed(to: words.bytes) else { return nil }
                return ([try await journal.editBody(entry.id, from: before, to: after.string)], journal)
            })
    }
}
