/// A record of a membership log as it is kept; this module looks into neither part.
public struct StoredRecord: Hashable, Sendable {
    /// What its author signed: what is sent.
    public let bytes: [UInt8]
    /// What it was found to say by whoever verified it; `nil` where nobody kept that.
    public let form: [UInt8]?

    public init(_ bytes: [UInt8], form: [UInt8]?) {
        self.bytes = bytes
        self.form = form
    }
}
