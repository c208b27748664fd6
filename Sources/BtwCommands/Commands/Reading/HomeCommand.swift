import Between
import Records

/// `btw` alone: the overview of the journal.
package struct HomeCommand: Command {
    package static let description = CommandDescription(
        "", in: .reading, "where you are",
        details: """
            Says which day it is between two sessions, what is open, and what to bring.
            With --json it says what btw status --json says.
            """, example: "btw")

    package init(_ arguments: ParsedArguments) throws(Failure) { try arguments.refuseWords() }

    package func run(_ context: CommandContext) async throws -> Int32 {
        if context.globals.isJSON { return try await StatusCommand().run(context) }
        return try await context.printingDrafts(context.openToRead, context.print) { journal in
            guard let journal else { return 0 }
            return try await showHomeSummary(journal, context)
        }
    }

    private func showHomeSummary(_ journal: JournalSpace, _ context: CommandContext) async throws -> Int32 {
        let homeSummary = try await journal.homeSummary(now: context.localTime.now)
        let lines = [loop(homeSummary, context), counts(homeSummary, context.style)].filter { !$0.isEmpty }
        for line in lines { context.print(line) }
        let alarms = try await journal.alarms()
        if !alarms.isEmpty { context.print(HomeNotice.alarms(alarms.count)) }
        if homeSummary.asksForMood {
            context.print("No mood yet today\(context.style.dash)btw mood 3")
        } else if lines.isEmpty {
            context.print("Nothing is open.")
        }
        if homeSummary.asksForMood, !context.globals.isQuiet {
            try context.console.deliver()
            try await journal.home.markMoodAsked(now: context.localTime.now)
        }
        return 0
    }

    /// `Day 9 of 14 · next: 2026-10-16 10:00`.
    private func loop(_ homeSummary: JournalSpace.HomeSummary, _ context: CommandContext) -> String {
        var parts: [String] = []
        if let last = homeSummary.lastSession {
            let end = homeSummary.nextSession?.day.daysSince1970 ?? last.day.daysSince1970 + Self.loopDays
            let day = context.localTime.today.daysSince1970 - last.day.daysSince1970 + 1
            let length = max(end - last.day.daysSince1970, 1)
            if day <= length { parts.append("Day \(day) of \(length)") }
        }
        if let next = homeSummary.nextSession { parts.append("next: \(EntryLine.when(next.description))") }
        return parts.joined(separator: context.style.separator)
    }

    private func counts(_ homeSummary: JournalSpace.HomeSummary, _ style: OutputStyle) -> String {
        var parts: [String] = []
        if homeSummary.open > 0 { parts.append("\(homeSummary.open) open") }
        if homeSummary.fromLastTime > 0 { parts.append("\(homeSummary.fromLastTime) from last time") }
        if homeSummary.flagged > 0 { parts.append("\(homeSummary.flagged) to bring") }
        return parts.joined(separator: style.separator)
    }

    /// The default number of days between two sessions, if no next one is planned.
    private static let loopDays = 14
}
