public import Causality

/// Why a replica refused an operation. Nothing was written.
public enum StoreError: Error, Hashable, Sendable {
    /// A group of edits does not fit in one batch.
    case groupTooLarge
    /// This device was copied or restored so often that others accept no further feed of it.
    case tooManyFeeds
    /// An edit exceeds the size limit.
    case editTooLarge
    /// The entry was forgotten, and accepts no edits.
    case forgotten(EntryID)
    /// A received batch was refused.
    case refused(Refusal)
    /// The file is inconsistent; see `btw doctor`.
    case inconsistent(String)
}
