import Between
import Synchronization

/// The journals that a command opened, which are checkpointed into one file each at its end.
final class OpenedJournals: Sendable {
    private let journals = Mutex<[Journal]>([])

    func add(_ journal: Journal) { journals.withLock { $0.append(journal) } }

    /// See ``Journal/fold()``.
    func fold() async {
        for journal in journals.withLock(\.self) { await journal.fold() }
    }
}
