public import Causality

/// The result of looking for an edit's box; `bytes` is `nil` if it is not held.
public struct FoundBox: Hashable, Sendable {
    public let dot: Dot
    public let bytes: [UInt8]?

    public init(_ dot: Dot, _ bytes: [UInt8]?) {
        self.dot = dot
        self.bytes = bytes
    }
}
