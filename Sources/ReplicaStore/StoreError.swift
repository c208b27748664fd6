public import Causality

/// What a replica refuses. Nothing is written then.
public enum StoreError: Error, Hashable, Sendable {
    /// A group of edits does not fit in one batch.
    case groupTooLarge
    /// This device was copied or put back so often that nobody takes another line of it.
    case tooManyLines
    /// An edit says more than an edit may.
    case editTooLarge
    /// The entry was forgotten; nothing is written to it any more.
    case forgotten(EntryID)
    /// A batch of somebody else is not taken.
    case refused(Refusal)
    /// What the file holds contradicts itself; `doctor` tells more.
    case inconsistent(String)
}
