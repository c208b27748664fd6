package import Causality
package import Membership
package import Wire

/// What the replica of a space answers a ``ReplicaQuestion``.
package enum ReplicaAnswer: Hashable, Sendable {
    case logEnd(LogEnd)
    case relation(LogRelation)
    /// The logs are equal, and this device owes a record that needs no person and no cut.
    case owesRecord(LinkedRecord)
    /// The logs are equal, and this device owes a new epoch: with a cut, ``ReplicaQuestion/makeRecord(cut:)`` makes it.
    case owesEpoch
    /// Records with the head before each.
    case records([LinkedRecord], end: LogEnd)
    /// The log goes so far now; whether edits moved, so that the clock went back.
    case logExtended(LogEnd, moved: Bool)
    case frontier(Frontier)
    /// Lines of the server's clock that are not as they are here; edits that the server held once and lacks now;
    /// whether there is something for ``ReplicaQuestion/reseal(shared:)``.
    case compared(forked: [ReplicaID], lost: Int, resealDue: Bool = false)
    case lineEnds([LineEnd])
    /// What ``ReplicaQuestion/judge(_:_:)`` or ``ReplicaQuestion/provesFork(_:)`` asked.
    case judged(Bool)
    /// So many edits were written again, and so many set aside.
    case transplanted(rewritten: Int, setAside: Int)
    /// Whether nothing of what was asked for is left.
    case batches([Batch], isLast: Bool)
    /// It is held; whether it was new.
    case took(LineEnd, isNew: Bool)
    case lackingBoxes([Dot])
    case boxes([FoundBox])
    case record(LinkedRecord)
    case done
    /// It was not done, and nothing changed.
    case refused(ErrorCode)
}
