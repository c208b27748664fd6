/// What is asked of a ``SyncLoop`` while it runs.
enum SyncCommand: Hashable, Sendable {
    /// Waits for a newcomer by this slot; reported as ``SyncReport/claimed(_:keyHash:)``.
    case offer(PairingOffer)
    /// Lets in who claimed; reported as ``SyncReport/granted``.
    case grant([UInt8])
    /// Makes the record that the replica's ``JournalReplica/request`` says.
    case record(RecordRequest)
}
