import Causality
import Membership
import ServerModel

/// Bugs that the simulator must find; none is active unless a test asks for it.
enum SeededBug: CaseIterable {
    /// The server acknowledges batches that it does not hold.
    case acknowledgesBeforeHolding
    /// A device sends only its own edits.
    case sendsOnlyItsOwn
    /// A device leaves out the first batch that the server lacks of a feed that it has a part of.
    case cursorOffByOne
    /// A device counts the server's clock as its own.
    case believesTheClock
    /// Edits that cannot be rewritten are dropped.
    case dropsQuarantined
    /// Rewritten edits have seen nothing.
    case rebaseForgetsSeen
    /// An owner's device does not raise the bounds of removed devices' feeds.
    case neverRaises
    /// Neither side notices forks.
    case overlooksForks
    /// A device claims that it had read edits that it could not open.
    case claimsTheUnread
    /// A refused batch counts as sent.
    case neverOpensAgain
    /// A device claims that it had read live values whose boxes are missing.
    case claimsTheMissing
    /// A box is requested once on a connection, whatever the answer was.
    case asksForABoxOnce
    /// A side without a requested box does not send it when it arrives.
    case forgetsPromises
    /// The server believes that a device holds a record since it came from there or was sent there.
    case believesWhatWasSent
    /// A box that arrives later is dropped.
    case dropsLateBoxes
    /// The author of an entry is derived from the order of arrival.
    case judgesByArrival
    /// A device writes a forget without checking whether others accept it.
    case forgetsUnchecked
}

extension SeededBug {
    /// The author of the first edit of a held entry, or of an edit of it in the same batch, counts as its author.
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
