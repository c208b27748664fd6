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
        return try await context.sayingDrafts(context.openToRead, context.say) { journal in
            guard let journal else { return 0 }
            return try await showGlance(journal, context)
        }
    }

    private func showGlance(_ journal: Journal, _ context: CommandContext) async throws -> Int32 {
        let glance = try await journal.glance(now: context.localTime.now)
        let lines = [loop(glance, context), counts(glance, context.look)].filter { !$0.isEmpty }
        for line in lines { context.say(line) }
        let alarms = try await journal.alarms()
        if !alarms.isEmpty { context.say(HomeNotice.alarms(alarms.count)) }
        if glance.asksForMood {
            context.say("No mood yet today\(context.look.dash)btw mood 3")
        } else if lines.isEmpty {
            context.say("Nothing is open.")
        }
        if glance.asksForMood, !context.globals.isQuiet {
            try context.console.deliver()
            try await journal.markMoodAsked(now: context.localTime.now)
        }
        return 0
    }

    /// `Day 9 of 14 · next: 2026-10-16 10:00`.
    private func loop(_ glance: Journal.Glance, _ context: CommandContext) -> String {
        var parts: [String] = []
        if let last = glance.lastSession {
            let end = glance.nextSession?.day.daysSince1970 ?? last.day.daysSince1970 + Self.loopDays
            let day = context.localTime.today.daysSince1970 - last.day.daysSince1970 + 1
            let length = max(end - last.day.daysSince1970, 1)
            if day <= length { parts.append("Day \(day) of \(length)") }
        }
        if let next = glance.nextSession { parts.append("next: \(EntryLine.when(next.description))") }
        return parts.joined(separator: context.look.separator)
    }

    private func counts(_ glance: Journal.Glance, _ look: Look) -> String {
        var parts: [String] = []
        if glance.open > 0 { parts.append("\(glance.open) open") }
        if glance.fromLastTime > 0 { parts.append("\(glance.fromLastTime) from last time") }
        if glance.flagged > 0 { parts.append("\(glance.flagged) to bring") }
        return parts.joined(separator: look.separator)
    }

    /// The default number of days between two sessions, if no next one is planned.
    private static let loopDays = 14
}
