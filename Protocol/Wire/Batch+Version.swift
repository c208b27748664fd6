public import Causality

extension Batch {
    /// The batch format that this package reads and writes. A space's membership log names the version of its
    /// batches; a device that cannot read it stops syncing, reports `update`, and keeps its edits.
    public static let wireVersion = 1
}
