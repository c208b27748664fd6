/// The manual `btw(1)` as roff.
///
/// Source: groff_man(7). Uses only macros that mandoc supports too.
package enum ManualPage {
    package static var roff: String {
        var lines = [
            #".TH BTW 1 "" "btw \#(Version.between)" "Between""#, ".SH NAME",
            "btw \\- a private notebook, offline, for the days between two sessions", ".SH SYNOPSIS",
            ".B btw",
            escaped("[COMMAND] [ARGUMENTS]"), ".br", ".B btw", escaped("\"words with spaces\""),
            ".SH DESCRIPTION",
            escaped(
                "btw keeps notes, moods, homework and sessions in a folder of your own, without network. Where it is "
                    + "connected to a server, which cannot read what you write, your devices have the same journal."
            ),
            ".PP",
            escaped(
                "btw alone says where you are. One argument with white space in it, and no command, is a note. "
                    + "After -- all is text: btw note -- -5 degrees"),
        ]
        for group in CommandGroup.allCases {
            lines.append(".SH \(group.rawValue.uppercased())")
            for command in Commands.descriptions(in: group) { lines += section(command) }
        }
        lines += [".SH OPTIONS", escaped("They stand before or after the command.")]
        lines += terms(Globals.options.map { ($0.label, $0.help) })
        lines.append(".SH ENVIRONMENT")
        lines += terms([
            ("BTW_HOME", "The folder of the journal, where --home does not name one."),
            (
                "XDG_DATA_HOME",
                "Where it is otherwise: in the folder between there, or in ~/.local/share/between."
            ),
            ("VISUAL, EDITOR", "Your editor."), ("NO_COLOR", "Set to anything: no colours."),
        ])
        lines.append(".SH EXIT STATUS")
        lines += terms(
            [("0", "Done; also offline, also nothing to do.")]
                + Failure.Exit.allCases.map { ("\($0.rawValue)", $0.meaning) })
        return lines.joined(separator: "\n")
    }

    private static func section(_ command: CommandDescription) -> [String] {
        [".SS \(escaped("btw \(command.name)"))", ".B \(escaped("btw \(command.name)"))"]
            + (command.usage.isEmpty ? [] : [escaped(command.usage.joined(separator: " "))]) + [".PP"]
            + command.details.split(separator: "\n").map { escaped(String($0)) }
            + terms(
                command.argumentHelp.map { ($0.label, $0.help) }
                    + command.options.map { ($0.label, $0.help) })
            + [".PP", "Example:", ".PP", ".nf", ".RS", escaped(command.example), ".RE", ".fi"]
    }

    private static func terms(_ rows: [(String, String)]) -> [String] {
        rows.flatMap { [".TP", ".B \(escaped($0))", escaped($1)] }
    }

    /// A line of ASCII text, with everything escaped that roff would interpret.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "\"": escaped += "\\(dq"
            case "'": escaped += "\\(aq"
            case "~": escaped += "\\(ti"
            case "^": escaped += "\\(ha"
            case "`": escaped += "\\(ga"
            case "…": escaped += "..."
            case _ where scalar.isASCII: escaped.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                escaped += "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
            }
        }
        return escaped.hasPrefix(".") ? "\\&" + escaped : escaped
    }
}
