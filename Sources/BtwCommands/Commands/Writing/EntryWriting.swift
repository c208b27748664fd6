import Between
import CanonicalJSON
import Causality
import Records

/// Shared by the commands that write an entry.
extension CommandContext {
    /// Writes entries as one change, into the existing journal or a new one.
    func add(_ drafts: [EntryDraft], in existing: JournalSpace?) async throws -> (
        entries: [Entry], journal: JournalSpace
    )? {
        let journal = if let existing { existing } else { try await open() }
        return (try await journal.add(drafts), journal)
    }

    /// The entry that a new one is about; resolved before the user writes the text.
    func parent(_ options: EntryOptions, _ existing: JournalSpace?) async throws -> EntryID? {
        guard let about = options.about else { return nil }
        guard let existing else { throw Failure.noSuchEntry }
        return try await entry(about, existing).id
    }
}
