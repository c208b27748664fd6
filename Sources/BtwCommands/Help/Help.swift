/// Help as text, generated from the descriptions of commands.
package enum Help {
    /// `btw --help`: one screen of 80 by 24 with the names of all commands.
    package static var overview: String {
        """
        btw is Between: a private notebook, offline, for the days between two sessions.

          btw                        where you are
          btw "words with spaces"    write a note; btw note alone opens your editor
          btw mood 2 anxious +sleep  a mood from 1 to 5, how it feels, what it is about
          btw hw TITLE               something to do; --times 3, --due next
          btw find "that call"       read

        \(groups)

        What one is for: btw help writing. How it is typed: btw COMMAND --help.
        With any command: \(globals), --version, --help.
        After -- all is text: btw note -- -5 degrees

        What you write stays yours: a server cannot read it. Not a crisis service:
        nobody reads along, nobody is told. In danger, call your emergency number.
        """
    }

    /// `btw help GROUP`: the commands of a group with their summaries.
    package static func text(for group: CommandGroup) -> String {
        let commands = Commands.descriptions(in: group)
        return """
            \(group.rawValue): \(group.summary)

            \(table(commands.map { ("btw \($0.name)", $0.summary) }))

            More: btw help COMMAND
            """
    }

    /// `btw COMMAND --help`: a few lines and an example.
    package static func summary(of command: CommandDescription) -> String {
        """
        \(usage(of: command))

        \(command.details)

        Example: \(command.example)
        """
    }

    /// `btw help COMMAND`: the summary, and every argument and option.
    package static func text(for command: CommandDescription) -> String {
        var parts = [usage(of: command), command.details]
        if !command.argumentHelp.isEmpty {
            parts.append(table(command.argumentHelp.map { ($0.label, $0.help) }))
        }
        if !command.options.isEmpty { parts.append(table(command.options.map { ($0.label, $0.help) })) }
        parts.append("Example: \(command.example)")
        return parts.joined(separator: "\n\n")
    }

    /// The usage line of a command, wrapped.
    static func usage(of command: CommandDescription) -> String {
        wrapped(
            ["Usage: btw" + (command.name.isEmpty ? "" : " \(command.name)")] + command.usage, indent: 2)
    }

    private static var groups: String {
        let width = CommandGroup.allCases.map(\.rawValue.count).max() ?? 0
        return CommandGroup.allCases.map { group in
            let names = Commands.descriptions(in: group).map(\.name)
            let words = names.enumerated().map {
                $0.offset == names.count - 1 ? $0.element : $0.element + ","
            }
            let head = "  " + padded(group.rawValue, to: width + 1)
            return wrapped([head] + words, indent: width + 4)
        }.joined(separator: "\n")
    }

    private static var globals: String {
        Globals.options.filter { ![Globals.helpOption, Globals.versionOption].contains($0) }.map(
            \.label
        )
        .joined(separator: ", ")
    }

    /// Rows of two columns; the second is wrapped with a hanging indent.
    private static func table(_ rows: [(String, String)]) -> String {
        let width = min(rows.map(\.0.count).max() ?? 0, columns / 3)
        return rows.map { head, text in
            let words = text.split(separator: " ").map { String($0) }
            return wrapped(["  " + padded(head, to: width + 1)] + words, indent: width + 4)
        }.joined(separator: "\n")
    }

    /// Words wrapped at ``columns``.
    ///
    /// - Parameter indent: columns before each line but the first.
    private static func wrapped(_ words: [String], indent: Int) -> String {
        var lines = [words.first ?? ""]
        for word in words.dropFirst() {
            let line = "\(lines[lines.endIndex - 1]) \(word)"
            if line.count <= columns {
                lines[lines.endIndex - 1] = line
            } else {
                lines.append(String(repeating: " ", count: indent) + word)
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Columns of a line of help.
    private static let columns = 80
}
