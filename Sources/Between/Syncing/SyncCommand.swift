/// Commands to a running ``SyncLoop``.
enum SyncCommand: Hashable, Sendable {
    /// Offers a slot to a new device; reported as ``SyncReport/claimed(_:keyHash:)``.
    case offer(PairingOffer)
    /// Admits the device that claimed the slot; reported as ``SyncReport/granted``.
    case grant([UInt8])
    /// Makes the record of the replica's ``JournalReplica/request``.
    case record(RecordRequest)
}
