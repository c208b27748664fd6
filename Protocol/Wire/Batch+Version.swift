public import Causality

extension Batch {
    /// The form of batches that this package reads and writes. A space's membership log names the one that holds
    /// there; who cannot read it stops, says `update`, and keeps its edits.
    public static let wireVersion = 1
}
