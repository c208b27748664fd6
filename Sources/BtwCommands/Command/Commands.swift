/// The list of all commands.
package enum Commands {
    /// All named commands, in the order of the help.
    package static let all: [any Command.Type] = [
        NoteCommand.self, MoodCommand.self, HomeworkCommand.self, SessionCommand.self, DoneCommand.self,
        EditCommand.self, RemoveCommand.self, RestoreCommand.self, ForgetCommand.self, UndoCommand.self,
        ListCommand.self, ShowCommand.self, FindCommand.self, HistoryCommand.self, ChangesCommand.self,
        ConnectCommand.self, DisconnectCommand.self, SyncCommand.self, DeviceCommand.self, JoinCommand.self,
        RecoveryCommand.self, RecoverCommand.self,
        ImportCommand.self, ExportCommand.self,
        StatusCommand.self, DoctorCommand.self, QuarantineCommand.self,
        HelpCommand.self, CompletionCommand.self, ManualCommand.self,
    ]

    package static var descriptions: [CommandDescription] { all.map { $0.description } }

    package static func named(_ name: String) -> (any Command.Type)? { all.first { $0.description.name == name } }

    /// The descriptions of a group's commands.
    package static func descriptions(in group: CommandGroup) -> [CommandDescription] {
        descriptions.filter { $0.group == group }
    }

    /// The likeliest correction of a mistyped command: a command, or `--help` or `--version` if the dashes are
    /// missing.
    static func nearest(to word: String) -> String {
        let shown = all.map { $0.description.name } + ["--help", "--version"]
        let ranks = shown.map { name in
            let bare = name.hasPrefix("--") ? String(name.dropFirst(2)) : name
            // Ties go to the name with the same first letter, then to the first in the list, so the result is
            // deterministic.
            let begins = bare.unicodeScalars.first == word.unicodeScalars.first
            return 2 * EditDistance.between(word, bare) + (begins ? 0 : 1)
        }
        return zip(ranks, shown).min { $0.0 < $1.0 }?.1 ?? "--help"
    }
}
