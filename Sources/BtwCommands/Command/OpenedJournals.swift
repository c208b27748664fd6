import Between
import Synchronization

/// The journals that a command opened, so that it leaves each as one whole file.
final class OpenedJournals: Sendable {
    private let journals = Mutex<[Journal]>([])

    func add(_ journal: Journal) { journals.withLock { $0.append(journal) } }

    /// See ``Journal/fold()``.
    func fold() async {
        for journal in journals.withLock(\.self) { await journal.fold() }
    }
}
