public import Causality

/// A membership record to send, with the head that it follows.
public struct LinkedRecord: Hashable, Sendable {
    /// `nil` for a genesis.
    public let previous: Hash256?
    public let bytes: [UInt8]

    public init(previous: Hash256?, bytes: [UInt8]) {
        self.previous = previous
        self.bytes = bytes
    }
}
