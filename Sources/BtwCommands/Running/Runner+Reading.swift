import Between
import CanonicalJSON
import Causality
import Records

extension Runner {
    func list(_ request: ListRequest) async throws -> Int32 {
        guard let journal = try await openToRead() else { return 1 }
        var query = EntryQuery()
        query.kind = request.kind
        query.from = request.from
        query.to = request.to
        query.tag = request.tag
        query.isTrashed = request.isTrash
        return try await printAll(try await journal.entries(query), journal)
    }

    func find(_ words: String) async throws -> Int32 {
        guard let journal = try await openToRead() else { return 1 }
        let split = words.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
        let found = try await journal.search(split)
        if found.isEmpty, !globals.isJSON, !globals.isQuiet { console.tell(Self.nothingFound) }
        return try await printAll(found, journal)
    }

    private static let nothingFound = "No entry holds all of these words, or words that begin with them."

    /// Exit 1 where there is nothing, so that a script can tell.
    private func printAll(_ entries: [Entry], _ journal: Journal) async throws -> Int32 {
        for entry in entries { try console.print(try await line(entry, journal)) }
        return entries.isEmpty ? 1 : 0
    }

    func show(_ id: IDPrefix, withClock: Bool) async throws -> Int32 {
        guard let journal = try await openToRead() else { throw Failure.noSuchEntry }
        let entry = try await entry(id, journal)
        guard !globals.isJSON else {
            console.say(try await line(entry, journal))
            return 0
        }
        var names: [EntryID: String] = [:]
        for id in entry.fields.values.compactMap({ $0.asText.flatMap { EntryID($0) } }) {
            guard let other = try? await journal.entry(id) else { continue }
            names[id] = try await shortID(id, other.kind, journal)
        }
        let known = names
        console.say(
            EntryDetail(entry, line: try await entryLine(entry, journal), showsClock: withClock) { known[$0] }.text)
        return 0
    }

    func history(_ id: IDPrefix) async throws -> Int32 {
        guard let journal = try await openToRead() else { throw Failure.noSuchEntry }
        let entry = try await entry(id, journal)
        for item in try await journal.history(of: entry.id) {
            try console.print(globals.isJSON ? json(item, entry.id) : text(item))
        }
        return 0
    }

    private func json(_ item: Journal.HistoryItem, _ entry: EntryID) -> String {
        var set = JSONObject()
        for (name, value) in item.fields { set[name.text] = value }
        var members: JSONObject = [
            "edit": .text(Text(item.edit.description)), "entry": .text(Text(entry.description)), "set": .object(set),
            "live": .array(item.live.map { .text($0.text) }),
        ]
        members["at"] = item.at.map { .text(Text($0.description)) }
        members["author"] = item.author.map { .text(Text($0)) }
        members["device"] = item.device.map { .text(Text($0)) }
        return JSONValue.object(members).canonicalText
    }

    private func text(_ item: Journal.HistoryItem) -> String {
        let when = item.at.map { String($0.description.prefix(16).replacing("T", with: " ")) + " UTC" } ?? "sealed"
        let fields = item.fields.sorted { $0.key < $1.key }.map { field, value in
            let name = Harmless.line(field.text.string)
            return value == .null
                ? "\(name) cleared" : "\(name) = \(Harmless.line(value.asText ?? value.canonicalText))"
        }
        let undone = item.isUndone ? ["undone"] : []
        return ([look.quiet(item.edit.description), when] + undone + [fields.joined(separator: ", ")])
            .joined(separator: look.separator)
    }

    func changes(since: CivilDate?) async throws -> Int32 {
        guard let journal = try await openToRead() else { return 0 }
        let changes =
            if let since {
                try await journal.allChanges().filter { $0.at.description.prefix(10) >= since.description }
            } else {
                try await journal.changes(marksRead: false)
            }
        for change in changes {
            try console.print(globals.isJSON ? json(change) : try await text(change, journal))
        }
        if changes.isEmpty { say("Merging chose nothing since you last looked.") }
        // What did not arrive was not told.
        try console.deliver()
        if since == nil, let last = changes.last { try await journal.markRead(through: last) }
        return 0
    }

    private func json(_ change: MergeChange) -> String {
        JSONValue.object([
            "at": .text(Text(change.at.description)), "entry": .text(Text(change.entry.description)),
            "field": .text(change.field.text), "rule": .text(Text(change.rule)), "chosen": change.chosen,
            "others": .array(change.others),
        ]).canonicalText
    }

    private func text(_ change: MergeChange, _ journal: Journal) async throws -> String {
        let kind = try await journal.entry(change.entry).kind
        let id = try await shortID(change.entry, kind, journal)
        let chosen = Harmless.line(change.chosen.asText ?? change.chosen.canonicalText)
        let others = change.others.map { Harmless.line($0.asText ?? $0.canonicalText) }.joined(separator: ", ")
        let field = Harmless.line(change.field.text.string)
        switch change.rule {
        case "alive": return "\(id): put into the trash on one device and changed on another, so it is back."
        case "prose" where !FieldRule.mergesAll(change.others):
            return "\(id): \(field) has more versions than are put into one text. The newest are; for all: "
                + "btw history \(id)"
        case "prose": return "\(id): two versions of \(field) became one text. See: btw show \(id)"
        case "unsettled":
            return "\(id): \(field) has several values, and nobody chose yet: \(chosen), \(others). "
                + "Confirm one: btw edit \(id) --set \(Journal.shellWord(field))=VALUE"
        default: return "\(id): \(field) is \(chosen); also written: \(others)."
        }
    }

    func export() async throws -> Int32 {
        guard let journal = try await openToRead() else { return 0 }
        let console = console
        try await journal.export { try console.print($0) }
        return 0
    }
}
