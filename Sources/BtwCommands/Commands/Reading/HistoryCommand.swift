import Between
import CanonicalJSON
import Causality
import Records

/// The command `btw history ID`.
package struct HistoryCommand: Command {
    package static let description = CommandDescription(
        "history", in: .reading, "every edit of an entry", arguments: [.entryID],
        details: "Lists every edit of an entry, newest first.", example: "btw history n3f0")

    package let id: IDPrefix

    package init(_ arguments: ParsedArguments) throws(Failure) { id = try arguments.onlyID() }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openToRead() else { throw Failure.noSuchEntry }
        let entry = try await context.entry(id, journal)
        for item in try await journal.history(of: entry.id) {
            try context.console.stream(context.globals.isJSON ? json(item, entry.id) : text(item, context.style))
        }
        return 0
    }

    private func json(_ item: JournalSpace.HistoryItem, _ entry: EntryID) -> String {
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

    private func text(_ item: JournalSpace.HistoryItem, _ style: OutputStyle) -> String {
        let when = item.at.map { String($0.description.prefix(16).replacing("T", with: " ")) + " UTC" } ?? "sealed"
        let fields = item.fields.sorted { $0.key < $1.key }.map { field, value in
            let name = TerminalEscaping.line(field.text.string)
            return value == .null
                ? "\(name) cleared" : "\(name) = \(TerminalEscaping.line(value.asText ?? value.canonicalText))"
        }
        let undone = item.isUndone ? ["undone"] : []
        return ([style.quiet(item.edit.description), when] + undone + [fields.joined(separator: ", ")])
            .joined(separator: style.separator)
    }
}
