public import Causality

/// An `error` message: a code, and what it refers to. The sentence on the wire is derived from the code.
public struct WireError: Error, Hashable, Sendable {
    public let code: ErrorCode
    /// The space that it refers to, if any.
    public let space: SpaceID?
    /// The edit that it refers to, if any; the first edit of a batch that was refused as a whole.
    public let dot: Dot?
    /// With ``ErrorCode/removed``: the record of the removal, for a device that may not have it.
    public let record: [UInt8]?

    public init(_ code: ErrorCode, space: SpaceID? = nil, dot: Dot? = nil, record: [UInt8]? = nil) {
        self.code = code
        self.space = space
        self.dot = dot
        self.record = record
    }
}

/// Why something was refused. Codes of newer versions are read as ``unknown``.
public enum ErrorCode: String, Error, Hashable, Sendable, CaseIterable {
    // The connection ends.
    /// No common version; the preceding `challenge` names the server's.
    case version
    /// Bytes that are not a message, or a limit that was exceeded.
    case malformed
    /// A message that may not be sent in this state.
    case unexpected
    /// The device is in no space and not enrolled, or its proof is invalid.
    case device
    /// The device was a member and was removed.
    case removed
    /// The server's administrator blocked the device.
    case blocked
    /// Too many connections, messages or attempts; try later.
    case busy
    /// Something took too long.
    case timeout
    /// The server is stopping.
    case stopping

    // The space's exchange ends; others go on.
    /// The server does not have the space, or the device is not a member.
    case space
    /// The two logs of the space forked.
    case logFork = "log_fork"
    /// A record or batch of a newer version.
    case update

    // One thing was refused.
    /// The record does not follow the head here; logs are exchanged again.
    case head
    /// The cut is not the clock here; the client asks for a hold again.
    case cut
    /// The record is invalid, or its author had no right to write it.
    case record
    /// Edits of its feed are missing before this batch.
    case gap
    /// Another edit has this dot.
    case fork
    /// The batch had seen edits that are missing here.
    case missing
    /// The batch names a membership head that is not here.
    case log
    /// The batch is of a removed device, and beyond its feed's bound.
    case late
    /// The edit is longer than the server accepts.
    case tooLarge = "too_large"
    /// The author had no right to this edit.
    case rights
    /// The batch's signature is not its author's.
    case signature
    /// The batch begins a feed, and its device has the maximum number in this space.
    case tooManyFeeds = "too_many_feeds"
    /// The disk is full, or the quota is used up; try later.
    case full
    /// The slot or invitation is used, expired or never existed.
    case slot
    /// An internal error; try later.
    case failed
    /// A message type or a code that this version does not know.
    case unknown
}

// MARK: - Sentence

extension ErrorCode {
    /// The English sentence for the code, sent for people who read along. It is constant, so it contains no user
    /// data.
    public var sentence: String {
        switch self {
        case .version: "No version of the protocol is spoken by both."
        case .malformed: "This is no message, or it passes a limit."
        case .unexpected: "This message may not be sent now."
        case .device: "The device is not known here."
        case .removed: "The device was removed."
        case .blocked: "The device is blocked on this server."
        case .busy: "Too many connections, messages or attempts; try later."
        case .timeout: "Something took too long."
        case .stopping: "The server is stopping."
        case .space: "There is no such space here for this device."
        case .logFork: "The membership logs forked."
        case .update: "This is of a newer version."
        case .head: "The record does not follow the head of the log."
        case .cut: "The cut is not the clock of the space."
        case .record: "The record is none, or its author had no right to it."
        case .gap: "Edits of the feed are missing before this batch."
        case .fork: "Another edit has this dot."
        case .missing: "The batch had seen what is not here."
        case .log: "The batch names a membership head that is not here."
        case .late: "The batch is of a device that went, and not within its bound."
        case .tooLarge: "The edit is too long."
        case .rights: "The author had no right to this edit."
        case .signature: "The author of the batch did not sign it."
        case .tooManyFeeds: "The device has too many feeds in this space."
        case .full: "There is no room left; try later."
        case .slot: "The slot or invitation is used, expired or never was."
        case .failed: "Something went wrong; try later."
        case .unknown: "This is not known here."
        }
    }
}

/// Why reading of a stream stopped. It contains nothing of the stream.
public enum WireDefect: Error, Hashable, Sendable {
    /// A line, or the lines of a batch together, exceed their limit.
    case tooLong
    /// The bytes are not a message.
    case malformed
    /// An edit outside of a batch, or another message within one.
    case unexpected
    /// A batch of another version.
    case update

    /// The code for the peer.
    public var code: ErrorCode {
        switch self {
        case .tooLong, .malformed: .malformed
        case .unexpected: .unexpected
        case .update: .update
        }
    }
}
