/// The rights of a person in a space, the same on all of their devices.
public enum Role: String, Hashable, Sendable, CaseIterable {
    /// May do everything.
    case owner
    /// Reads and writes, adds and removes their own devices, and forgets their own entries.
    case member
}
