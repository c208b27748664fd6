/// A stored record of a membership log; opaque to this module.
public struct StoredRecord: Hashable, Sendable {
    /// The signed bytes, as they are exchanged.
    public let bytes: [UInt8]
    /// The parsed form of a verified record; `nil` if none was stored.
    public let form: [UInt8]?

    public init(_ bytes: [UInt8], form: [UInt8]?) {
        self.bytes = bytes
        self.form = form
    }
}
