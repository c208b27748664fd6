import Between
import CanonicalJSON
import Causality
import Records

/// The command `btw show ID [--clock]`.
package struct ShowCommand: Command {
    private static let clockOption = OptionDescription("--clock", nil, "With the edits that it has seen.")

    package static let description = CommandDescription(
        "show", in: .reading, "one entry with all that it holds", arguments: [.entryID], options: [clockOption],
        details: "Shows one entry with all that it holds.", example: "btw show n3f0")

    package let id: IDPrefix
    package let withClock: Bool

    package init(_ arguments: ParsedArguments) throws(Failure) {
        id = try arguments.onlyID()
        withClock = arguments.has(Self.clockOption)
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openToRead() else { throw Failure.noSuchEntry }
        let entry = try await context.entry(id, journal)
        guard !context.globals.isJSON else {
            context.console.print(try await context.line(entry, journal))
            return 0
        }
        var names: [EntryID: String] = [:]
        for id in entry.fields.values.compactMap({ $0.asText.flatMap { EntryID($0) } }) {
            guard let other = try? await journal.entry(id) else { continue }
            names[id] = try await context.shortID(id, other.kind, journal)
        }
        let known = names
        let line = try await context.entryLine(entry, journal)
        context.console.print(EntryDetail(entry, line: line, showsClock: withClock) { known[$0] }.text)
        return 0
    }
}
