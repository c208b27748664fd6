package import Records

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
