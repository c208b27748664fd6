import Between
import CanonicalJSON
import Records

extension Runner {
    /// `btw` alone: where am I?
    func showHome() async throws -> Int32 {
        if globals.isJSON { return try await status() }
        return try await sayingDrafts(openToRead, say) { journal in
            guard let journal else { return 0 }
            return try await showGlance(journal)
        }
    }

    private func showGlance(_ journal: Journal) async throws -> Int32 {
        let glance = try await journal.glance(now: localTime.now)
        let lines = [loop(glance), counts(glance)].filter { !$0.isEmpty }
        for line in lines { say(line) }
        let alarms = try await journal.alarms()
        if !alarms.isEmpty { say(HomeNotice.alarms(alarms.count)) }
        if glance.asksForMood {
            say("No mood yet today\(look.dash)btw mood 3")
        } else if lines.isEmpty {
            say("Nothing is open.")
        }
        if glance.asksForMood, !globals.isQuiet {
            try console.deliver()
            try await journal.markMoodAsked(now: localTime.now)
        }
        return 0
    }

    /// `Day 9 of 14 · next: 2026-10-16 10:00`.
    private func loop(_ glance: Journal.Glance) -> String {
        var parts: [String] = []
        if let last = glance.lastSession {
            let end = glance.nextSession?.day.daysSince1970 ?? last.day.daysSince1970 + Self.loopDays
            let day = localTime.today.daysSince1970 - last.day.daysSince1970 + 1
            let length = max(end - last.day.daysSince1970, 1)
            if day <= length { parts.append("Day \(day) of \(length)") }
        }
        if let next = glance.nextSession { parts.append("next: \(EntryLine.when(next.description))") }
        return parts.joined(separator: look.separator)
    }

    private func counts(_ glance: Journal.Glance) -> String {
        var parts: [String] = []
        if glance.open > 0 { parts.append("\(glance.open) open") }
        if glance.fromLastTime > 0 { parts.append("\(glance.fromLastTime) from last time") }
        if glance.flagged > 0 { parts.append("\(glance.flagged) to bring") }
        return parts.joined(separator: look.separator)
    }

    /// Days from one session to the next where none is planned.
    private static let loopDays = 14

    func status() async throws -> Int32 {
        try await sayingDrafts(openToRead, console.say) { journal in
            if globals.isJSON {
                let members = try await members(journal)
                if !members.isEmpty { console.say(JSONValue.object(members).canonicalText) }
            } else if let journal {
                let status = try await journal.status()
                try await sayStatus(status, journal)
                // What only happened is said once to a person; that nobody read it is no harm where it cannot be noted.
                try console.deliver()
                if !journal.isReadOnly { try? await journal.markSeen(status.alarms) }
            }
            return 0
        }
    }

    private func sayStatus(_ status: Journal.Status, _ journal: Journal) async throws {
        console.say("\(status.entries.counting("entry", "entries"))\(look.separator)\(status.trashed) in the trash")
        if status.conflicts > 0 { console.say("\(status.conflicts) with several versions. See: btw changes") }
        if status.unopened > 0 {
            console.say("\(status.unopened.counting("change", "changes")) cannot be opened here yet.")
        }
        if status.missing > 0 {
            console.say("\(status.missing.counting("sealed text is", "sealed texts are")) still on the way.")
        }
        if status.quarantined > 0 {
            console.say(
                "\(status.quarantined.counting("change is", "changes are")) set aside, and kept. See: btw quarantine")
        }
        let device = Harmless.line(status.device)
        if let server = status.server {
            let last = status.lastSync.map { " Last in step \($0)." } ?? ""
            let waiting = status.waiting.counting("change waits", "changes wait")
            console.say("On this device (\(device)) and on \(server): \(waiting).\(last) \(home)")
        } else {
            console.say("On this device (\(device)) only. \(home)")
        }
        for line in await alarmLines(status.alarms, journal) { console.say(line) }
        if status.isRemoved {
            console.say("This device was removed from the journal: nothing it writes reaches the others.")
        }
        if let copies = status.copies { console.say(HomeNotice.copies(copies)) }
        if status.unboundKeys > 0 { console.say(HomeNotice.unboundKeys(status.unboundKeys)) }
        if status.lacksNewestKey { console.say(Journal.lacksNewestKey) }
        if let error = journal.keyError { console.say("\(error.message) \(error.next)") }
        if journal.isReadOnly { console.say("The folder may only be read: nothing can be written.") }
        for file in journal.opening.openToOthers { console.say(HomeNotice.openToOthers(file)) }
    }

    /// Alarms with the time since when they stand, and what to do about them.
    private func alarmLines(_ alarms: [Journal.StandingAlarm], _ journal: Journal) async -> [String] {
        guard !alarms.isEmpty else { return [] }
        let text = await syncText(journal)
        let server = (try? await journal.server()) ?? "The server"
        let lines = alarms.map { standing in
            let word = standing.alarm.isHistory ? "Seen" : "Since"
            return "\(text.sentence(standing.alarm, of: server)) \(word) \(when(standing.first))."
        }
        return lines
            + (alarms.contains { !$0.alarm.isHistory }
                ? ["What is written here is safe and in view.", SyncText.advice(server)] : [])
    }

    /// What `status --json` prints: nothing where there is neither a journal nor a text to be saved.
    private func members(_ journal: Journal?) async throws -> JSONObject {
        var members = JSONObject()
        if let journal {
            let status = try await journal.status()
            members = self.members(status)
            members["copies"] = status.copies.map { .integer($0) }
            if status.unboundKeys > 0 { members["unbound_keys"] = .integer(status.unboundKeys) }
            if status.lacksNewestKey { members["lacks_newest_key"] = true }
            let lacking = try await journal.missingCount()
            if lacking > 0 { members["lacking"] = .integer(lacking) }
        }
        let drafts = draftPaths()
        if !drafts.isEmpty { members["drafts"] = .array(drafts.map { .text(Text($0)) }) }
        return members
    }

    private func members(_ status: Journal.Status) -> JSONObject {
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

    func doctor() async throws -> Int32 {
        try await sayingDrafts(openExisting, say) { journal in
            if let journal { return try await check(journal) }
            guard !Journal.hasKeysAlone(at: home) else { throw Failure.keysAlone(home) }
            return 0
        }
    }

    private func check(_ journal: Journal) async throws -> Int32 {
        let console = console
        let report = try await journal.check { console.progress("\($0) entries looked at") }
        console.progress(nil)
        var found = report.file.map { "The file is damaged: \($0)" }
        found += report.brokenLines.map { "The history of replica \($0) does not fit together." }
        found += report.brokenBoxes.map {
            "The sealed text of edit \($0) is damaged; what is shown of it is still whole."
        }
        if report.isLogBroken { found.append("The signed list of this journal's devices is damaged.") }
        if report.wereTablesWrong { found.append("The tables did not say what the edits say. They were made anew.") }
        for line in found { console.say(line) }
        if !report.unopened.isEmpty {
            console.say("\(report.unopened.count.counting("change", "changes")) cannot be opened here yet.")
        }
        guard report.isSound else {
            throw Failure(
                .unusable, code: "damaged", "The journal was damaged. Nothing was deleted.",
                next: "btw export --jsonl > journal.jsonl, and keep that file")
        }
        for file in journal.opening.openToOthers { console.say(HomeNotice.openToOthers(file)) }
        let status = try await journal.status()
        if let copies = status.copies { console.say(HomeNotice.copies(copies)) }
        if status.unboundKeys > 0 { console.say(HomeNotice.unboundKeys(status.unboundKeys)) }
        let missing = try await journal.missingCount()
        if missing > 0 {
            guard goesOn(without: missing) else {
                throw Failure.missingChanges(missing, server: try await journal.server())
            }
            try await journal.acceptMissing()
        }
        let alarms = try await journal.alarms()
        let text = await syncText(journal)
        let server = try await journal.server() ?? "The server"
        for alarm in alarms { console.say(text.sentence(alarm.alarm, of: server)) }
        guard alarms.allSatisfy(\.alarm.isHistory) else { throw Failure.alarms(server) }
        say("All is well: the file, every edit, and every table.")
        return 0
    }

    /// Whether the person gives up what is missing.
    private func goesOn(without missing: Int) -> Bool {
        if globals.saysYes { return true }
        guard console.isInputTerminal else { return false }
        console.tell(HomeNotice.missing(missing))
        return console.asks("Go on without, and say no more of it?")
    }
}
