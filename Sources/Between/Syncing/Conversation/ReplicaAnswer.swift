package import Causality
package import Membership
package import Wire

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
    case lineEnds([LineEnd])
    /// The result of ``ReplicaQuestion/judge(_:_:)`` or ``ReplicaQuestion/provesFork(_:)``.
    case judged(Bool)
    /// The numbers of rebased and of quarantined edits.
    case transplanted(rewritten: Int, setAside: Int)
    /// `isLast`: whether nothing of the requested batches is left.
    case batches([Batch], isLast: Bool)
    /// The batch is held; whether it was new.
    case took(LineEnd, isNew: Bool)
    case lackingBoxes([Dot])
    case boxes([FoundBox])
    case record(LinkedRecord)
    case done
    /// Refused, and nothing changed.
    case refused(ErrorCode)
}
