import Between
import CanonicalJSON

/// The command `btw doctor`.
package struct DoctorCommand: Command {
    package static let description = CommandDescription(
        "doctor", in: .upkeep, "look whether the journal is whole",
        details: """
            Checks the journal on this device. Exit 4 if it finds damage, or if it is
            older than what this device wrote: then it says what brings the rest back,
            and asks whether to go on without; --yes answers. Exit 6 if the server
            holds something back. Unsaved texts from an editor are no damage.
            """, example: "btw doctor")

    package init(_ arguments: ParsedArguments) throws(Failure) { try arguments.refuseWords() }

    package func run(_ context: CommandContext) async throws -> Int32 {
        try await context.printingDrafts(context.openExisting, context.print) { journal in
            if let journal { return try await check(journal, context) }
            guard !Journal.hasKeysAlone(at: context.home) else { throw Failure.keysAlone(context.home) }
            return 0
        }
    }

    private func check(_ journal: JournalSpace, _ context: CommandContext) async throws -> Int32 {
        let console = context.console
        let report = try await journal.home.check { console.progress("\($0) entries looked at") }
        console.progress(nil)
        var found = report.file.map { "The file is damaged: \($0)" }
        found += report.brokenFeeds.map { "The history of replica \($0) does not fit together." }
        found += report.brokenBoxes.map {
            "The sealed text of edit \($0) is damaged; what is shown of it is still whole."
        }
        if report.isLogBroken { found.append("The signed list of this journal's devices is damaged.") }
        if report.wereTablesWrong { found.append("The tables did not say what the edits say. They were made anew.") }
        for line in found { console.print(line) }
        if !report.unopened.isEmpty {
            console.print("\(report.unopened.count.counting("change", "changes")) cannot be opened here yet.")
        }
        guard report.isSound else {
            throw Failure(
                .unusable, code: "damaged", "The journal was damaged. Nothing was deleted.",
                next: "btw export --jsonl > journal.jsonl, and keep that file")
        }
        for file in journal.home.opening.openToOthers { console.print(HomeNotice.openToOthers(file)) }
        let status = try await journal.status()
        if let copies = status.copies { console.print(HomeNotice.copies(copies)) }
        if status.unboundKeys > 0 { console.print(HomeNotice.unboundKeys(status.unboundKeys)) }
        let missing = try await journal.home.missingCount()
        if missing > 0 {
            guard goesOn(without: missing, context) else {
                throw Failure.missingChanges(missing, server: try await journal.server())
            }
            try await journal.home.acceptMissing()
        }
        let alarms = try await journal.alarms()
        let text = await context.syncText(journal)
        let server = try await journal.server() ?? "The server"
        for alarm in alarms { console.print(text.sentence(alarm.alarm, of: server)) }
        guard alarms.allSatisfy(\.alarm.isHistory) else { throw Failure.alarms(server) }
        context.print("All is well: the file, every edit, and every table.")
        return 0
    }

    /// Whether the user accepts the loss of missing changes.
    private func goesOn(without missing: Int, _ context: CommandContext) -> Bool {
        if context.globals.answersYes { return true }
        guard context.console.isInputTerminal else { return false }
        context.console.notify(HomeNotice.missing(missing))
        return context.console.asks("Go on without, and say no more of it?")
    }
}
