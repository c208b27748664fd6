/// `docs/commands.md`: all commands, generated from their descriptions.
package enum Reference {
    package static var markdown: String {
        let intro = """
            # Commands

            Written by the program: `btw manual --markdown > docs/commands.md`. A test compares the two.

            ## Options of every command

            They stand before or after the command. After `--` all is text: `btw note -- -5 degrees`.

            \(table(Globals.options.map { ($0.label, $0.help) }))

            ## Exit codes

            \(table([("0", "Done; also offline, also nothing to do.")]
                + Failure.Exit.allCases.map { ("\($0.rawValue)", $0.meaning) }))
            """
        let groups = CommandGroup.allCases.map { group in
            let commands = Commands.descriptions(in: group)
            return
                "## \(group.rawValue.prefix(1).uppercased() + group.rawValue.dropFirst()): \(group.summary)\n\n"
                + commands.map(section).joined(separator: "\n\n")
        }
        return ([intro] + groups).joined(separator: "\n\n")
    }

    private static func section(_ command: CommandDescription) -> String {
        let usage = Help.usage(of: command).split(separator: "\n").map {
            "    " + $0.trimmingPrefix("Usage: ")
        }
        var parts = [
            "### btw \(command.name)", usage.joined(separator: "\n"), escaped(command.details),
        ]
        let rows =
            command.argumentHelp.map { ($0.label, $0.help) } + command.options.map { ($0.label, $0.help) }
        if !rows.isEmpty { parts.append(table(rows)) }
        parts.append("Example: `\(command.example)`")
        return parts.joined(separator: "\n\n")
    }

    private static func table(_ rows: [(String, String)]) -> String {
        "| | |\n|---|---|\n"
            + rows.map { "| `\($0)` | \(escaped($1).replacing("|", with: "\\|")) |" }.joined(
                separator: "\n")
    }

    /// Text with Markdown's special characters escaped.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            if "*_<>`[]".contains(character) { escaped += "\\" }
            escaped.append(character)
        }
        return escaped
    }
}
