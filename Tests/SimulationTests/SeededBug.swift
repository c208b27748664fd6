import Causality
import Membership
import ServerModel

/// Mistakes that the simulator must find; none is made unless a test asks for it.
enum SeededBug: CaseIterable {
    /// The server acknowledges what it does not hold.
    case acknowledgesBeforeHolding
    /// A device sends only what it wrote itself.
    case sendsOnlyItsOwn
    /// A device leaves out the first batch that the server lacks of a line that it has part of.
    case cursorOffByOne
    /// A device counts the server's clock as its own.
    case believesTheClock
    /// What cannot be written again is dropped.
    case dropsWhatIsSetAside
    /// What is written again has seen nothing.
    case transplantForgetsSeen
    /// An owner's device does not say what it held of devices that went.
    case neverRaises
    /// Neither side notices that lines parted.
    case overlooksForks
    /// A device says that it had read what it could not open.
    case claimsTheUnread
    /// A refused batch is taken for sent.
    case neverOpensAgain
    /// A device says that it had read live values whose boxes it does not have.
    case claimsTheMissing
    /// A box is asked for once on a connection, whatever became of the answer.
    case asksForABoxOnce
    /// Who did not have a box does not send it when it comes.
    case forgetsPromises
    /// The server believes that a device holds a record since it came from there or was sent there.
    case believesWhatWasSent
    /// A box that comes later is thrown away.
    case dropsLateBoxes
    /// Everybody reads off the order of arrival who began an entry.
    case judgesByArrival
    /// A device writes a forget without looking whether others take it.
    case forgetsUnchecked
}

extension SeededBug {
    /// Whoever wrote the first edit of an entry that is here, or something to it in the same batch, is taken for its author.
    static let overreachByArrival: ModelChecks.Overreach = { batch, signer, log, edits in
        var begun: Set<EntryID> = []
        for (dot, edit) in batch.dotted {
            let entry = edit.header.entry
            if edit.header.isForget, signer.role != .owner, !begun.contains(entry),
                creator(of: entry, log, edits) != signer.person
            {
                return dot
            }
            begun.insert(entry)
        }
        return nil
    }

    private static func creator(of entry: EntryID, _ log: MembershipLog, _ edits: EditLog) -> PersonID? {
        let first = edits.batches.first { $0.edits.contains { $0.header.entry == entry } }
        let origin = first.flatMap { first in edits.batches.first { $0.header.replica == first.header.replica } }
        guard let first, let key = origin?.header.origin?.deviceKey else { return nil }
        return log.member(signingKey: key, at: first.header.head)?.person
    }
}
