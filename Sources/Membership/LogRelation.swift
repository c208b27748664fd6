/// The relation of another log to ours, as far as its length and head tell.
public enum LogRelation: Hashable, Sendable {
    case equal
    /// Theirs is a prefix of ours: send the records from this position on.
    case behind(from: Int)
    /// Theirs is longer. Its next records show whether it extends ours.
    case ahead
    /// Theirs is not longer than ours, and differs.
    case forked
}
