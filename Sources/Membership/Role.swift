/// What a person may do in a space. It belongs to the person: every device of his has it.
public enum Role: String, Hashable, Sendable, CaseIterable {
    /// May do everything.
    case owner
    /// Writes and reads; adds and removes devices of his own; forgets entries of his own.
    case member
}
