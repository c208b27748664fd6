package import Records

/// A command of `btw`: its description, its parsed arguments, and its action.
///
/// Each command is one type in one file, and is listed in ``Commands/all``. Help, completion, the manual and
/// `docs/commands.md` are generated from its ``description``.
package protocol Command: Hashable, Sendable {
    static var description: CommandDescription { get }

    /// Reads the arguments.
    ///
    /// - Throws: ``Failure``: exit 2, or exit 1 for an id that cannot exist.
    init(_ arguments: ParsedArguments) throws(Failure)

    /// Runs the command.
    ///
    /// - Returns: the exit code, one of ``Failure/Exit`` or 0.
    func run(_ context: CommandContext) async throws -> Int32
}

/// The description of a command, from which help, completion, the manual and `docs/commands.md` are generated.
///
/// ``ParsedArguments`` splits arguments by it too, so an option that is not described here does not exist.
package struct CommandDescription: Hashable, Sendable {
    /// The name as typed; empty for `btw` alone.
    package let name: String
    package let group: CommandGroup
    /// The purpose, in a few words for a list: no capital, no full stop.
    package let summary: String
    package let arguments: [ArgumentDescription]
    package let options: [OptionDescription]
    /// Further explanation: lines of at most 80 columns.
    package let details: String
    /// A complete command line, beginning with `btw`.
    package let example: String
    /// Whether it needs the location of the journal; otherwise it runs without a home.
    package let usesJournal: Bool

    init(
        _ name: String, in group: CommandGroup, _ summary: String, arguments: [ArgumentDescription] = [],
        options: [OptionDescription] = [], details: String, example: String, usesJournal: Bool = true
    ) {
        self.name = name
        self.group = group
        self.summary = summary
        self.arguments = arguments
        self.options = options
        self.details = details
        self.example = example
        self.usesJournal = usesJournal
    }

    /// The parts of a usage line after the name: `ID`, `[--clock]`.
    package var usage: [String] { arguments.map(\.usage) + options.map(\.usage) }

    /// Label and help of each argument: a line for each choice if it has several.
    package var argumentHelp: [(label: String, help: String)] {
        arguments.flatMap { argument in
            argument.choices.isEmpty
                ? [(argument.label, argument.help)] : argument.choices.map { ($0.label, $0.help) }
        }
    }
}

/// Groups of commands in the help.
package enum CommandGroup: String, Hashable, Sendable, CaseIterable {
    case writing, changing, reading, devices, moving, upkeep, shell

    /// The purpose of the group, in a few words.
    package var summary: String {
        switch self {
        case .writing: "what goes into the journal"
        case .changing: "change an entry, take it back, put it into the trash"
        case .reading: "find what is there, and how it came to be"
        case .devices: "a server, your other devices, and keys for all of it"
        case .moving: "into the journal and out of it"
        case .upkeep: "how the journal stands"
        case .shell: "btw itself: help, a manual, completion in your shell"
        }
    }
}

/// An option of a command, `--name` or `--name VALUE`.
package struct OptionDescription: Hashable, Sendable {
    /// Including the dashes.
    package let name: String
    /// The placeholder of its value in a usage line; `nil` if it takes none.
    package let value: String?
    package let help: String
    package let completion: Completion
    /// Whether it may be given more than once.
    package let isRepeatable: Bool
    /// Whether the command requires it.
    package let isRequired: Bool

    init(
        _ name: String, _ value: String? = nil, _ help: String, completes completion: Completion = .nothing,
        isRepeatable: Bool = false, isRequired: Bool = false
    ) {
        self.name = name
        self.value = value
        self.help = help
        self.completion = completion
        self.isRepeatable = isRepeatable
        self.isRequired = isRequired
    }

    /// `--tag T`.
    package var label: String { value.map { "\(name) \($0)" } ?? name }

    package var usage: String { (isRequired ? label : "[\(label)]") + (isRepeatable ? "…" : "") }
}

/// A positional argument of a command.
package struct ArgumentDescription: Hashable, Sendable {
    /// One of the words that an argument accepts, and the value that may follow it.
    package struct Choice: Hashable, Sendable {
        package let word: String
        /// The placeholder of the following value; `nil` if there is none.
        package let value: String?
        package let help: String
        package let completion: Completion

        init(_ word: String, _ value: String? = nil, _ help: String, completes completion: Completion = .nothing) {
            self.word = word
            self.value = value
            self.help = help
            self.completion = completion
        }

        /// `remove ID`.
        package var label: String { value.map { "\(word) \($0)" } ?? word }
    }

    /// The placeholder in a usage line, without brackets.
    package let label: String
    package let help: String
    package let completion: Completion
    package let choices: [Choice]
    package let isOptional: Bool
    package let isRepeatable: Bool

    init(
        _ label: String, _ help: String, completes completion: Completion = .nothing, isOptional: Bool = false,
        isRepeatable: Bool = false
    ) {
        self.label = label
        self.help = help
        self.completion = completion
        choices = []
        self.isOptional = isOptional
        self.isRepeatable = isRepeatable
    }

    /// Accepts one of these words.
    init(oneOf choices: [Choice], isOptional: Bool = false) {
        let labels = choices.map(\.label)
        label = (labels.count > 1 ? labels.dropLast().joined(separator: ", ") + " or " : "") + (labels.last ?? "")
        help = ""
        completion = .nothing
        self.choices = choices
        self.isOptional = isOptional
        isRepeatable = false
    }

    /// The id of an entry.
    static let entryID = ArgumentDescription("ID", "An entry, as n3f0.", completes: .entry(nil))

    package var usage: String {
        let label = label + (isRepeatable ? "…" : "")
        return isOptional ? "[\(label)]" : label
    }
}

/// The completions that a shell proposes for an argument.
package enum Completion: Hashable, Sendable {
    /// Nothing: the user's own text.
    case nothing
    case words([String])
    /// The ids of entries of a kind, or of all kinds, with their first words.
    case entry(Kind?)
    /// The ids of entries in the trash, with their first words.
    case trashed
    /// The ids of devices, with their names.
    case device
    /// The ids of edits in quarantine.
    case quarantined
    case file
    case folder
    /// The names of commands and of groups.
    case command
}
