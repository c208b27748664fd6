package import Causality
package import Wire

/// What a conversation wants of the replica of a space: it is done at once, in one
/// transaction, and answered with a ``ReplicaAnswer`` before anything else happens.
package enum ReplicaQuestion: Hashable, Sendable {
    /// How far the membership log goes.
    case logEnd
    /// How the server's log stands to this one.
    case relation(LogEnd)
    /// The log's records from a position on.
    case records(from: Int)
    /// Takes the record that follows, and with a new epoch sets aside what its cut leaves out.
    case extendLog(previous: Hash256?, record: [UInt8])
    /// Closes the open batch, and tells the clock.
    case frontier
    /// Compares with the server's clock, and with what the server once held.
    case compare(Frontier)
    /// Ends of this line's batches within these numbers, evenly spread; see ``WireLimits/lineEndsMax``.
    case lineEnds(ReplicaID, ClosedRange<Int>)
    /// Writes again what cannot keep its dots; `shared` is what the server holds just as it is here.
    case transplant(roots: [Dot], shared: VectorClock, dropping: [Dot])
    /// Writes again under the newest key what this device wrote under that of an ended epoch and the server does not
    /// hold; `shared` is what it holds just as it is here. The answer is ``ReplicaAnswer/done`` if that is not to be had.
    case reseal(shared: VectorClock)
    /// Closed batches that a clock does not cover, in order of arrival, of other lines than these, as many as fit.
    case batches(beyond: VectorClock, without: Set<ReplicaID>, room: Int)
    /// Takes a batch whole, or not at all.
    case take(Batch)
    /// Keeps a batch that cannot be taken, outside of log and clock.
    case setAside(Batch, ErrorCode)
    /// Whether this device says so itself: that others refuse one of its edits for this, or, without one, that a record
    /// of its log removes it.
    case judge(Dot?, ErrorCode)
    /// Whether this batch, which the server shows, and the one that is held in its place are both signed by the line's
    /// device, and differ.
    case provesFork(Batch)
    /// Keeps a record that the server showed for having this device removed, if it is that.
    case noteRemoval([UInt8])
    /// Notes that the server holds these, so that what waits can be told offline.
    case serverHolds([LineEnd])
    /// Edits that are shown or needed for a merge, and whose boxes are not here, other than these.
    case lackingBoxes(besides: Set<Dot>)
    /// Boxes of these edits, from the first on as many as fit.
    case boxes([Dot], room: Int)
    /// Brings a box that was not here; refused with `malformed` if it is not that edit's.
    case supply(Dot, [UInt8])
    /// Makes the record that a person asked for; its cut, if it ends an epoch, is this clock, all of which must be
    /// here just so. What is here beyond it was written since, and is written again once the record stands.
    /// The answer is ``ReplicaAnswer/done`` if all is so already.
    case makeRecord(cut: Frontier?)

    var isForRecord: Bool {
        if case .makeRecord = self { true } else { false }
    }
}
