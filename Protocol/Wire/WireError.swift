public import Causality

/// A refusal as it is told: a code, and what it is about. The sentence on the wire is the code's own.
public struct WireError: Error, Hashable, Sendable {
    public let code: ErrorCode
    /// The space that it is about, if one.
    public let space: SpaceID?
    /// The edit that it is about, if one: the first of a batch that was refused whole.
    public let dot: Dot?
    /// With ``ErrorCode/removed``: the record that says so, for a device that may not have got it.
    public let record: [UInt8]?

    public init(_ code: ErrorCode, space: SpaceID? = nil, dot: Dot? = nil, record: [UInt8]? = nil) {
        self.code = code
        self.space = space
        self.dot = dot
        self.record = record
    }
}

/// Why something was refused. What a newer version adds is read as ``unknown``.
public enum ErrorCode: String, Error, Hashable, Sendable, CaseIterable {
    // The connection ends.
    /// No version in common; the message before it, `challenge`, names those of the server.
    case version
    /// Bytes that are no message, or a limit that was passed.
    case malformed
    /// A message that may not be sent now.
    case unexpected
    /// The device is in no space and was not enrolled, or its proof is none.
    case device
    /// The device was in the space and was removed.
    case removed
    /// The server's administrator blocked the device.
    case blocked
    /// Too many connections, messages or attempts; later.
    case busy
    /// Something took too long.
    case timeout
    /// The server is stopping.
    case stopping

    // The space's exchange ends; others go on.
    /// No such space here, or none of this device's.
    case space
    /// The two logs of the space forked.
    case logFork = "log_fork"
    /// A record or batch of a newer version.
    case update

    // One thing was refused.
    /// The record does not follow the head here: logs are exchanged again.
    case head
    /// A cut that is not the clock here: it is held anew.
    case cut
    /// A record that is none, or that its author had no right to write.
    case record
    /// Edits of its line are missing before this batch.
    case gap
    /// Another edit has this dot here.
    case fork
    /// The batch had seen what is not here.
    case missing
    /// The batch names a membership head that is not here.
    case log
    /// The batch is of an ended epoch, and not within its cut.
    case late
    /// The edit is longer than the server takes.
    case tooLarge = "too_large"
    /// The author had no right to this edit.
    case rights
    /// The batch's author did not sign it.
    case signature
    /// The batch begins a line, and its device has as many in this space as it may.
    case tooManyLines = "too_many_lines"
    /// No disk left, or over the quota; later.
    case full
    /// The slot or invitation is used, expired or never was.
    case slot
    /// Something went wrong here; later.
    case failed
    /// A type of message, or a code, that this version does not know.
    case unknown
}
