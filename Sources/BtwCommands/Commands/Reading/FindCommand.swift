import Between

/// The command `btw find WORDS`.
package struct FindCommand: Command {
    package static let description = CommandDescription(
        "find", in: .reading, "entries that hold some words",
        arguments: [ArgumentDescription("WORDS", "Words, or their beginnings.")],
        details: """
            Finds entries that hold all of these words, newest first. Beginnings are
            enough: sleep finds sleeping. Chinese, Japanese, Korean, Thai and others
            without spaces are found by any part; emoji are words. Exit 1 if none is.
            """, example: "btw find that call")

    package let words: String

    package init(_ arguments: ParsedArguments) throws(Failure) {
        words = arguments.words.joined(separator: " ")
        if words.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            throw .usage("Name the words to find.", next: "btw find WORDS")
        }
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openToRead() else { return 1 }
        let split = words.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
        let found = try await journal.search(split)
        if found.isEmpty, !context.globals.isJSON, !context.globals.isQuiet {
            context.console.notify("No entry holds all of these words, or words that begin with them.")
        }
        return try await context.printAll(found, journal)
    }
}
