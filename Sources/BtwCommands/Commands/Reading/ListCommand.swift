import Between
package import CanonicalJSON
package import Records

/// The command `btw list [notes/moods/hw/sessions] …`.
package struct ListCommand: Command {
    private static let fromOption = OptionDescription("--from", "D", "The first day.")
    private static let toOption = OptionDescription("--to", "D", "The last day.")
    private static let tagOption = OptionDescription("--tag", "T", "Those with this tag.")
    private static let trashOption = OptionDescription("--trash", nil, "What is in the trash.")
    private static let nouns = KindSpec.all.map(\.plural)

    package static let description = CommandDescription(
        "list", in: .reading, "entries, newest first",
        arguments: [
            ArgumentDescription(
                oneOf: nouns.map { ArgumentDescription.Choice($0, nil, "Only \($0).") }, isOptional: true)
        ], options: [fromOption, toOption, tagOption, trashOption],
        details: "Lists entries, newest first. Exit 1 if there are none.",
        example: "btw list moods --from 2026-10-01")

    /// `nil` for all kinds, including those that this version does not know.
    package let kind: Kind?
    /// The first day.
    package let from: CivilDate?
    /// The last day.
    package let to: CivilDate?
    package let tag: Text?
    /// Lists only entries in the trash.
    package let isTrash: Bool

    package init(_ arguments: ParsedArguments) throws(Failure) {
        kind = KindSpec.all.first { [$0.plural] == arguments.words }?.kind
        guard kind != nil || arguments.words.isEmpty else {
            throw .usage(
                "What can be listed: \(Self.nouns.joined(separator: ", ")).", next: "btw list \(Self.nouns[0])")
        }
        from = try arguments.day(Self.fromOption)
        to = try arguments.day(Self.toOption)
        tag = try arguments[Self.tagOption].map { typed throws(Failure) in
            try TagWords.tag(argument: typed, of: Self.self)
        }
        isTrash = arguments.has(Self.trashOption)
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openToRead() else { return 1 }
        var query = EntryQuery()
        query.kind = kind
        query.from = from
        query.to = to
        query.tag = tag
        query.isTrashed = isTrash
        return try await context.printAll(try await journal.entries(query), journal)
    }
}
