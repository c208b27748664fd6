package import Records

/// What a shell proposes in a place of a command line.
package enum Completion: Hashable, Sendable {
    /// Nothing: what stands here is the person's own.
    case nothing
    case words([String])
    /// The ids of entries of a kind, or of all kinds, with their first words.
    case entry(Kind?)
    /// The ids of entries in the trash, with their first words.
    case trashed
    /// The ids of devices, with their names.
    case device
    /// What is in quarantine.
    case quarantined
    case file
    case folder
    /// The names of commands and of groups of them.
    case command
}
