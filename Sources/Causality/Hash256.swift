/// A SHA-256 hash: 32 bytes.
///
/// This module computes none itself, since it stands on the standard library
/// alone; whoever needs one passes a ``HashFunction``.
public struct Hash256: Hashable, Comparable, Sendable, CustomStringConvertible {
    public static let byteCount = 32

    /// The four big-endian words of the hash, most significant first.
    @usableFromInline
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// Takes exactly 32 bytes, or is `nil`.
    // Made for their own type of bytes in other modules, as names are.
    @inlinable
    public init?(_ bytes: some Sequence<UInt8>) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var count = 0
        for byte in bytes {
            switch count {
            case 0..<8: words.0 = words.0 << 8 | UInt64(byte)
            case 8..<16: words.1 = words.1 << 8 | UInt64(byte)
            case 16..<24: words.2 = words.2 << 8 | UInt64(byte)
            case 24..<32: words.3 = words.3 << 8 | UInt64(byte)
            default: return nil
            }
            count += 1
        }
        guard count == Self.byteCount else { return nil }
        self.words = words
    }

    init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    public var bytes: [UInt8] {
        var encoder = CanonicalBytes()
        append(to: &encoder)
        return encoder.bytes
    }

    /// The first 64 bits, as names are cut from a hash.
    public var prefix64: UInt64 { words.0 }

    /// The first 128 bits, as ids are cut from a hash.
    package var prefix128: EntryID { EntryID(high: words.0, low: words.1) }

    func append(to encoder: inout CanonicalBytes) {
        encoder.append(words.0)
        encoder.append(words.1)
        encoder.append(words.2)
        encoder.append(words.3)
    }

    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.words == rhs.words }
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.words < rhs.words }

    public func hash(into hasher: inout Hasher) {
        // The bits are uniform already; one word tells values apart as well as four.
        hasher.combine(words.0)
    }

    /// 64 hex digits.
    public var description: String { words.0.hex16 + words.1.hex16 + words.2.hex16 + words.3.hex16 }
}

/// SHA-256, handed in by whoever may import it.
public typealias HashFunction = @Sendable ([UInt8]) -> Hash256
