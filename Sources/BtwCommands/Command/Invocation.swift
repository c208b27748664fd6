/// The arguments of the process, split into the global options, the command, and the rest.
///
/// Takes bytes, since Swift's `CommandLine.arguments` silently repairs invalid UTF-8, and the journal must contain
/// only what the user wrote.
package struct Invocation: Sendable {
    package let globals: Globals
    /// ``HomeCommand`` if none was named.
    package let command: any Command.Type
    /// The command's arguments, in order; after `--` everything is text.
    package let arguments: [String]

    /// Parses the arguments after the program's name.
    ///
    /// - Throws: ``Failure`` with exit 2; ``wantsJSON(_:)`` tells how to print it.
    package init(
        arguments raw: [[UInt8]], environment: (String) -> String?, isMacOS: Bool = HomePath.isMacOS
    ) throws(Failure) {
        var arguments: [String] = []
        for bytes in raw {
            guard let argument = String(validating: bytes, as: UTF8.self) else {
                throw .notUTF8("An argument", next: "btw note -, with the text as UTF-8 on standard input")
            }
            arguments.append(argument)
        }
        let (globals, rest) = try Globals.hoist(from: arguments, environment: environment, isMacOS: isMacOS)
        self.globals = globals
        (command, self.arguments) = try Self.command(in: rest)
    }

    /// Whether `--json` is among the arguments, even if the others are invalid.
    package static func wantsJSON(_ raw: [[UInt8]]) -> Bool {
        raw.prefix { $0 != Array("--".utf8) }.contains(Array("--json".utf8))
    }

    /// The command with typed arguments, ready to run.
    ///
    /// Handle ``Globals/wantsHelp`` and ``Globals/wantsVersion`` first.
    ///
    /// - Throws: ``Failure``: exit 2, or exit 1 for an id that cannot exist.
    package func parsed(in localTime: LocalTime) throws(Failure) -> any Command {
        try command.init(ParsedArguments(arguments, of: command, in: localTime))
    }

    private static func command(in rest: [String]) throws(Failure) -> (any Command.Type, [String]) {
        guard let first = rest.first else { return (HomeCommand.self, []) }
        if let command = Commands.named(first) { return (command, Array(rest.dropFirst())) }
        let isText = first == "--"
        let words = isText ? rest.dropFirst() : rest[...]
        if words.isEmpty { return (HomeCommand.self, []) }
        if let only = words.first, words.count == 1, only.unicodeScalars.contains(where: \.properties.isWhitespace),
            isText || !ParsedArguments.isOption(only)
        {
            return (NoteCommand.self, ["--", only])
        }
        if isText { throw .usage("Text without a command must be one argument in quotes.", next: "btw note -- TEXT") }
        if ParsedArguments.isOption(first) {
            throw .usage("Unknown option, or it belongs after the command.", next: "btw --help")
        }
        let nearest = Commands.nearest(to: first)
        throw .usage(
            "This is no command; the nearest is \(nearest). To write it down instead: btw note TEXT.",
            next: "btw \(nearest)")
    }
}

/// The number of typing mistakes between two words: a letter added, missing, wrong, or transposed.
///
/// Source: Damerau and Levenshtein; optimal string alignment, in which no substring is edited twice.
enum EditDistance {
    /// Longer words are compared by their first characters, to bound the work.
    private static let lengthMax = 32

    static func between(_ left: String, _ right: String) -> Int {
        let left = Array(left.unicodeScalars.prefix(lengthMax))
        let right = Array(right.unicodeScalars.prefix(lengthMax))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, scalar) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (scalar == other ? 0 : 1))
                if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
