/// How another's log stands to ours, as far as its end tells.
public enum LogRelation: Hashable, Sendable {
    case equal
    /// Theirs is the beginning of ours: send the records from this position on.
    case behind(from: Int)
    /// Theirs is longer. Whether it extends ours, its next records will tell.
    case ahead
    /// Theirs is no longer than ours, and another.
    case forked
}
