package import Causality
package import Wire

/// What a conversation wants of the server's store: it is done at once, in one transaction
/// that also looks whether the device may, and answered with a ``ServerAnswer`` before
/// anything else happens.
package enum ServerQuestion: Hashable, Sendable {
    /// Checks who this is, and enrols it if it brings an invitation.
    case identify(Authentication, Transcript)
    /// How the device's log of a space stands to the one here.
    case log(SpaceID, LogEnd)
    /// The log's records from a position on.
    case records(SpaceID, from: Int)
    /// Takes the record that follows, or begins a space with it. `cut` is the clock that this device asked for with
    /// ``hold(_:)`` before it made the record.
    case append(SpaceID, LinkedRecord, cut: Frontier?)
    /// The clock, and which lines of the device's clock are not as they are here.
    case compare(SpaceID, Frontier)
    /// Which of these numbers end a batch.
    case lineEnds(SpaceID, ReplicaID, [Int])
    /// The batch that begins at this dot, without its boxes.
    case proof(SpaceID, Dot)
    /// The record that removes a device: of a space, whoever asks; without one, of any, that device, which has proved that
    /// it is it.
    case removal(SpaceID?, DeviceID?)
    /// Batches that a clock does not cover, in order of arrival, as many as fit, superseded edits without boxes.
    case batches(SpaceID, beyond: VectorClock, room: Int)
    /// Takes a batch whole, or not at all.
    case take(SpaceID, Batch)
    /// Edits whose boxes are not here, other than these.
    case lackingBoxes(SpaceID, besides: Set<Dot>)
    /// Boxes of these edits, from the first on as many as fit.
    case boxes(SpaceID, [Dot], room: Int)
    /// Brings a box that was not here.
    case supply(SpaceID, Dot, [UInt8])
    /// The clock, for a record that is going to have it as its cut.
    case hold(SpaceID)
}

/// What the store answers a ``ServerQuestion``.
package enum ServerAnswer: Hashable, Sendable {
    /// The device is known, and in these spaces.
    case identified(DeviceID, spaces: [SpaceID])
    /// The proof is right, the device is not known, and it brings no invitation.
    case stranger
    /// From which position on records are missing there, if the log there is a beginning of this one; and how far this one goes.
    case log(missingFrom: Int?, end: LogEnd)
    case records([LinkedRecord], end: LogEnd)
    /// The log goes so far now; whether the record was new.
    case appended(LogEnd, isNew: Bool)
    /// And how many boxes the device is going to be asked for at once.
    case compared(Frontier, forked: [ReplicaID], lacks: Int = 0)
    case lineEnds([LineEnd])
    case proof(Batch)
    /// `nil` if there is none.
    case removal([UInt8]?)
    /// Whether nothing of what was asked for is left.
    case batches([Batch], isLast: Bool)
    /// It is held; whether it was new.
    case took(LineEnd, isNew: Bool)
    /// Its device is paused, since a record that removes it was refused: come again when that is over.
    case postponed
    case lackingBoxes([Dot])
    case boxes([FoundBox])
    case holding(Frontier)
    case done
    /// It was not done, and nothing changed; the edit that it is about, if one.
    case refused(ErrorCode, Dot?)
}
