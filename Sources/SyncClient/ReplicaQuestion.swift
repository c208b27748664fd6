package import Causality
package import Membership
package import Wire

/// A request of a conversation to the replica of a space: it runs in one transaction, and is answered with a
/// ``ReplicaAnswer`` before anything else happens.
package enum ReplicaQuestion: Hashable, Sendable {
    /// The end of the membership log.
    case logEnd
    /// The relation of the server's log to this one.
    case relation(LogEnd)
    /// The log's records from a position on.
    case records(from: Int)
    /// Appends the next record; with a new epoch, quarantines the edits outside its cut.
    case extendLog(previous: Hash256?, record: [UInt8])
    /// Closes the open batch, and returns the clock.
    case frontier
    /// Compares with the server's clock, and with what the server once held.
    case compare(Frontier)
    /// Ends of this feed's batches within a range, evenly spread; see ``WireLimits/tipsMax``.
    case tips(ReplicaID, ClosedRange<Int>)
    /// Rebases edits that cannot keep their dots; `shared` is the prefix that the server holds with the same hashes.
    case rebase(roots: [Dot], shared: VectorClock, dropping: [Dot])
    /// Rebases this device's edits that were sealed in an ended epoch and that the server does not hold; `shared` is
    /// the prefix that it holds with the same hashes. Answered with ``ReplicaAnswer/done`` if that is not possible.
    case reseal(shared: VectorClock)
    /// Closed batches that a clock does not cover, in order of arrival, without those of the given feeds, as many as
    /// fit.
    case batches(beyond: VectorClock, without: Set<ReplicaID>, room: Int)
    /// Takes a whole batch, or nothing of it.
    case take(Batch)
    /// Quarantines a batch that cannot be taken.
    case quarantine(Batch, ErrorCode)
    /// Whether this device agrees with the server: that others refuse one of its edits for this reason, or, without
    /// an edit, that a record of its log removes it.
    case judge(Dot?, ErrorCode)
    /// Whether a batch that the server shows, and the one that is held in its place, are both signed by the feed's
    /// device, and differ.
    case provesFork(Batch)
    /// Stores a record of the server, if it proves that this device was removed.
    case noteRemoval([UInt8])
    /// Records the tips that the server holds, so that waiting edits can be counted offline.
    case serverHolds([Tip])
    /// Edits that are shown or needed for a merge and whose boxes are missing, without these.
    case missingBoxes(besides: Set<Dot>)
    /// Boxes of these edits, in order, as many as fit.
    case boxes([Dot], room: Int)
    /// Stores a missing box; refused with `malformed` if it is not that edit's.
    case supply(Dot, [UInt8])
    /// Makes the requested membership record. If it ends an epoch, its cut is this clock, which must be held with the
    /// same hashes; later edits are rebased once the record is in the log. Answered with ``ReplicaAnswer/done`` if
    /// the request is already fulfilled.
    case makeRecord(cut: Frontier?)

    var isForRecord: Bool {
        if case .makeRecord = self { true } else { false }
    }

    /// Whether it is a small write, which can share a transaction with others: then its answer comes after messages of
    /// which ``Wire/Message/bringsSmallWrite`` is true have been passed on.
    package var isSmallWrite: Bool {
        switch self {
        case .take, .quarantine, .serverHolds, .supply: true
        case .logEnd, .relation, .records, .extendLog, .frontier, .compare, .tips, .rebase, .reseal, .batches,
            .judge, .provesFork, .noteRemoval, .missingBoxes, .boxes, .makeRecord:
            false
        }
    }
}

extension Message {
    /// Whether a conversation that waits for the answers to small writes may receive it: it leads to one more, or to
    /// nothing.
    package var bringsSmallWrite: Bool {
        switch self {
        case .batch, .box, .held: true
        default: false
        }
    }
}

/// The answer of a space's replica to a ``ReplicaQuestion``.
package enum ReplicaAnswer: Hashable, Sendable {
    case logEnd(LogEnd)
    case relation(LogRelation)
    /// The logs are equal, and this device must append a record that needs neither the user nor a cut.
    case owesRecord(LinkedRecord)
    /// The logs are equal, and this device must start a new epoch: ``ReplicaQuestion/makeRecord(cut:)`` makes it from
    /// a cut.
    case owesEpoch
    /// Records with the head before each.
    case records([LinkedRecord], end: LogEnd)
    /// The new end of the log; whether edits were moved, so that the clock went back.
    case logExtended(LogEnd, moved: Bool)
    case frontier(Frontier)
    /// Feeds that differ from the server's clock; the number of edits that the server once held and has lost; whether
    /// ``ReplicaQuestion/reseal(shared:)`` has work.
    case compared(forked: [ReplicaID], lost: Int, resealDue: Bool = false)
    case tips([Tip])
    /// The result of ``ReplicaQuestion/judge(_:_:)`` or ``ReplicaQuestion/provesFork(_:)``.
    case judged(Bool)
    /// The numbers of rebased and of quarantined edits.
    case rebased(rewritten: Int, quarantined: Int)
    /// `isLast`: whether nothing of the requested batches is left.
    case batches([Batch], isLast: Bool)
    /// The batch is held; whether it was new.
    case took(Tip, isNew: Bool)
    case missingBoxes([Dot])
    case boxes([FoundBox])
    case record(LinkedRecord)
    case done
    /// Refused, and nothing changed.
    case refused(ErrorCode)
}
