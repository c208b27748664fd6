import Between
import CanonicalJSON
import Records

/// The command `btw status`.
package struct StatusCommand: Command {
    package static let description = CommandDescription(
        "status", in: .upkeep, "how the journal stands",
        details: """
            Says how many entries there are, what waits to be synced, which texts
            from an editor are not saved, and what a server did wrong until it is over.
            """, example: "btw status")

    package init(_ arguments: ParsedArguments) throws(Failure) { try arguments.refuseWords() }

    init() {}

    package func run(_ context: CommandContext) async throws -> Int32 {
        try await context.printingDrafts(context.openToRead, context.console.print) { journal in
            if context.globals.isJSON {
                let members = try await members(journal, context)
                if !members.isEmpty { context.console.print(JSONValue.object(members).canonicalText) }
            } else if let journal {
                let status = try await journal.status()
                try await print(status, journal, context)
                // A past event is shown once; failing to record that is harmless.
                try context.console.deliver()
                if !journal.home.isReadOnly { try? await journal.markSeen(status.alarms) }
            }
            return 0
        }
    }

    private func print(_ status: JournalSpace.Status, _ journal: JournalSpace, _ context: CommandContext) async throws {
        let console = context.console
        console.print(
            "\(status.entries.counting("entry", "entries"))\(context.style.separator)\(status.trashed) in the trash")
        if status.conflicts > 0 { console.print("\(status.conflicts) with several versions. See: btw changes") }
        if status.unopened > 0 {
            console.print("\(status.unopened.counting("change", "changes")) cannot be opened here yet.")
        }
        if status.missing > 0 {
            console.print("\(status.missing.counting("sealed text is", "sealed texts are")) still on the way.")
        }
        if status.quarantined > 0 {
            console.print(
                "\(status.quarantined.counting("change is", "changes are")) quarantined, and kept. See: btw quarantine")
        }
        let device = TerminalEscaping.line(status.device)
        if let server = status.server {
            let last = status.lastSync.map { " Last up to date \($0)." } ?? ""
            let waiting = status.waiting.counting("change waits", "changes wait")
            console.print("On this device (\(device)) and on \(server): \(waiting).\(last) \(context.home)")
        } else {
            console.print("On this device (\(device)) only. \(context.home)")
        }
        for line in await alarmLines(status.alarms, journal, context) { console.print(line) }
        if status.isRemoved {
            console.print("This device was removed from the journal: nothing it writes reaches the others.")
        }
        if let copies = status.copies { console.print(HomeNotice.copies(copies)) }
        if status.unboundKeys > 0 { console.print(HomeNotice.unboundKeys(status.unboundKeys)) }
        if status.missesNewestKey { console.print(JournalSpace.missesNewestKey) }
        if let error = journal.keyError { console.print("\(error.message) \(error.next)") }
        if journal.home.isReadOnly { console.print("The folder may only be read: nothing can be written.") }
        for file in journal.home.opening.openToOthers { console.print(HomeNotice.openToOthers(file)) }
    }

    /// Alarms with the time of their beginning, and what to do about them.
    private func alarmLines(
        _ alarms: [JournalSpace.ActiveAlarm], _ journal: JournalSpace, _ context: CommandContext
    ) async -> [String] {
        guard !alarms.isEmpty else { return [] }
        let text = await context.syncText(journal)
        let server = (try? await journal.server()) ?? "The server"
        let lines = alarms.map { active in
            let word = active.alarm.isHistory ? "Seen" : "Since"
            return "\(text.sentence(active.alarm, of: server)) \(word) \(context.when(active.first))."
        }
        return lines
            + (alarms.contains { !$0.alarm.isHistory }
                ? ["What is written here is safe and in view.", SyncText.advice(server)] : [])
    }

    /// The members of `status --json`: empty if there is neither a journal nor a draft.
    private func members(_ journal: JournalSpace?, _ context: CommandContext) async throws -> JSONObject {
        var members = JSONObject()
        if let journal {
            let status = try await journal.status()
            members = self.members(status)
            members["copies"] = status.copies.map { .integer($0) }
            if status.unboundKeys > 0 { members["unbound_keys"] = .integer(status.unboundKeys) }
            if status.missesNewestKey { members["lacks_newest_key"] = true }
            let missing = try await journal.home.missingCount()
            if missing > 0 { members["lacking"] = .integer(missing) }
        }
        let drafts = context.draftPaths()
        if !drafts.isEmpty { members["drafts"] = .array(drafts.map { .text(Text($0)) }) }
        return members
    }

    private func members(_ status: JournalSpace.Status) -> JSONObject {
        [
            "alarms": SyncText.json(status.alarms.map(\.alarm)), "conflicts": .integer(status.conflicts),
            "device": .text(Text(status.device)),
            "entries": .integer(status.entries), "last_sync": status.lastSync.map { .text(Text($0)) } ?? .null,
            "missing": .integer(status.missing), "quarantined": .integer(status.quarantined),
            "server": status.server.map { .text(Text($0)) } ?? .null, "space": .text(Text(status.space)),
            "state": status.server == nil ? "local" : status.waiting > 0 ? "waiting" : "up_to_date",
            "waiting": .integer(status.server == nil ? 0 : status.waiting),
        ]
    }
}
