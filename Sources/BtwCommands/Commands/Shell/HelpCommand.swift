/// The command `btw help [GROUP or COMMAND]`.
package struct HelpCommand: Command {
    package static let description = CommandDescription(
        "help", in: .shell, "what commands are for, and how they are typed",
        arguments: [
            ArgumentDescription(
                "GROUP or COMMAND", "Its commands, or how it is typed with every option.",
                completes: .command,
                isOptional: true)
        ],
        details: """
            Says what there is; of a group, what each of its commands does; of a command,
            how it is typed, with every argument and option.
            """, example: "btw help reading", usesJournal: false)

    package enum Subject: Hashable, Sendable {
        case overview
        case group(CommandGroup)
        case command(CommandDescription)
    }

    package let subject: Subject

    package init(_ arguments: ParsedArguments) throws(Failure) {
        guard let word = arguments.words.first else {
            subject = .overview
            return
        }
        guard arguments.words.count == 1 else {
            throw .usage("Help is about one command, or one group of them.", next: "btw help")
        }
        if let command = Commands.named(word) {
            subject = .command(command.description)
        } else if let group = CommandGroup(rawValue: word) {
            subject = .group(group)
        } else {
            let nearest = Commands.nearest(to: word)
            throw .usage("This is no command and no group; the nearest is \(nearest).", next: "btw help")
        }
    }

    package var text: String {
        switch subject {
        case .overview: Help.overview
        case .group(let group): Help.text(for: group)
        case .command(let command): Help.text(for: command)
        }
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        context.console.print(text)
        return 0
    }
}
