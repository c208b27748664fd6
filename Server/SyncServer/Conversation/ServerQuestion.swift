package import Causality
package import Wire

/// A request of a conversation to the server's store, performed in one transaction that also checks the device's
/// rights. The conversation waits for the ``ServerAnswer`` before anything else happens.
package enum ServerQuestion: Hashable, Sendable {
    /// Authenticates a device, and enrols it if it brings an invitation.
    case identify(Authentication, Transcript)
    /// Compares the device's log of a space with the one here.
    case log(SpaceID, LogEnd)
    /// The records of the log from a position on.
    case records(SpaceID, from: Int)
    /// Appends a record to a log, or begins a space with it. `cut` is the clock that this device got from
    /// ``hold(_:)`` before it made the record.
    case append(SpaceID, LinkedRecord, cut: Frontier?)
    /// The clock, and the feeds of the device's clock that are forked here.
    case compare(SpaceID, Frontier)
    /// The tips at those of these numbers that end a batch.
    case tips(SpaceID, ReplicaID, [Int])
    /// The batch that begins at this dot, without its boxes.
    case proof(SpaceID, Dot)
    /// The record that removed a device: the asking device from this space, or, without a space, the given device,
    /// which has authenticated, from any space.
    case removal(SpaceID?, DeviceID?)
    /// Batches that a clock does not cover, in order of arrival, as many as fit; superseded edits without boxes.
    case batches(SpaceID, beyond: VectorClock, room: Int)
    /// Stores a batch as a whole, or refuses it.
    case take(SpaceID, Batch)
    /// Edits whose boxes are missing here, except these.
    case missingBoxes(SpaceID, besides: Set<Dot>)
    /// Boxes of these edits, in order, as many as fit.
    case boxes(SpaceID, [Dot], room: Int)
    /// Stores a box that was missing here.
    case supply(SpaceID, Dot, [UInt8])
    /// The clock, for use as the cut of a record.
    case hold(SpaceID)
}

/// The store's answer to a ``ServerQuestion``.
package enum ServerAnswer: Hashable, Sendable {
    /// The device is authenticated, and a member of these spaces.
    case identified(DeviceID, spaces: [SpaceID])
    /// The proof is valid, but the device is unknown and brings no invitation.
    case stranger
    /// The position from which the device needs records, if its log is a prefix of this one; and the end of this log.
    case log(missingFrom: Int?, end: LogEnd)
    case records([LinkedRecord], end: LogEnd)
    /// The end of the log now, and whether the record was new.
    case appended(LogEnd, isNew: Bool)
    /// `missing`: how many boxes the device is about to be asked for.
    case compared(Frontier, forked: [ReplicaID], missing: Int = 0)
    case tips([Tip])
    case proof(Batch)
    /// `nil` if there is none.
    case removal([UInt8]?)
    /// `isLast`: whether no more batches remain.
    case batches([Batch], isLast: Bool)
    /// It is stored; `isNew`: whether it was not before.
    case took(Tip, isNew: Bool)
    /// The author is paused, since a record that removes it was refused: retry after the pause.
    case postponed
    case missingBoxes([Dot])
    case boxes([FoundBox])
    case holding(Frontier)
    case done
    /// Nothing was done or changed; with the edit that the refusal is about, if any.
    case refused(ErrorCode, Dot?)
}

// MARK: - Space

extension ServerQuestion {
    var isForBox: Bool { if case .supply = self { true } else { false } }

    /// Whether this answer to this question may have paused devices of the space.
    package func pauses(by answer: ServerAnswer) -> Bool {
        if case .append(_, _, cut: .some) = self, case .refused(.cut, _) = answer { true } else { false }
    }

    /// The space of the question, if it has one.
    package var space: SpaceID? {
        switch self {
        case .identify: nil
        case .removal(let space, _): space
        case .log(let space, _), .records(let space, _), .append(let space, _, _), .compare(let space, _),
            .tips(let space, _, _), .proof(let space, _), .batches(let space, _, _), .take(let space, _),
            .missingBoxes(let space, _),
            .boxes(let space, _, _), .supply(let space, _, _), .hold(let space):
            space
        }
    }
}
