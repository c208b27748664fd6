/// The commands, as they are typed.
package enum CommandName: String, Hashable, Sendable, CaseIterable {
    case note, mood, hw, session
    case done, list, show, find, edit
    case rm, restore, forget
    case history, undo, changes, quarantine
    case `import`, export
    case connect, disconnect, device, join, recovery, recover, sync
    case status, doctor

    /// What a mistyped command was probably meant to be: a command, or `--help` or `--version` without their dashes.
    static func nearest(to word: String) -> String {
        let shown = allCases.map(\.rawValue) + ["--help", "--version"]
        let ranks = shown.map { name in
            let bare = name.hasPrefix("--") ? String(name.dropFirst(2)) : name
            // Of equals the one that begins alike, and then the first: one word always gets one answer.
            let begins = bare.unicodeScalars.first == word.unicodeScalars.first
            return 2 * EditDistance.between(word, bare) + (begins ? 0 : 1)
        }
        return zip(ranks, shown).min { $0.0 < $1.0 }?.1 ?? "--help"
    }
}
