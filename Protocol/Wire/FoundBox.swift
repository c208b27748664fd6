public import Causality

/// The box of an edit, or that it is not there.
public struct FoundBox: Hashable, Sendable {
    public let dot: Dot
    public let bytes: [UInt8]?

    public init(_ dot: Dot, _ bytes: [UInt8]?) {
        self.dot = dot
        self.bytes = bytes
    }
}
