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
