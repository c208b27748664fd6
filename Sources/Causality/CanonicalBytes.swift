/// Builds the canonical byte form of a header, which is hashed and signed.
///
/// Every part has a fixed length or is preceded by its length, so two different
/// headers never have the same bytes.
public struct CanonicalBytes: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Starts with a label that separates domains: bytes built for one purpose are never valid for another.
    public init(label: StaticString) {
        label.withUTF8Buffer { append(Array($0)) }
    }

    public mutating func append(_ number: UInt64) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Appends a non-negative number.
    public mutating func append(_ number: Int) {
        append(UInt64(number))
    }

    public mutating func append(_ hash: Hash256) {
        hash.append(to: &self)
    }

    /// Appends the length, then the bytes.
    public mutating func append(_ part: [UInt8]) {
        append(part.count)
        bytes.append(contentsOf: part)
    }

    public mutating func append(_ entry: EntryID) {
        append(entry.high)
        append(entry.low)
    }

    public mutating func append(_ dot: Dot) {
        append(dot.replica.bits)
        append(dot.n)
    }
}
