/// A SHA-256 hash: 32 bytes.
///
/// This module imports only the standard library and computes no hash itself: a ``HashFunction`` is passed in.
public struct Hash256: Hashable, Comparable, Sendable, CustomStringConvertible {
    public static let byteCount = 32

    /// The four big-endian words of the hash, most significant first.
    @usableFromInline
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// Takes exactly 32 bytes, or is `nil`.
    // Inlinable so that other modules specialize it for their type of bytes.
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

    /// The first 64 bits, for ids that are derived from a hash.
    public var prefix64: UInt64 { words.0 }

    /// The first 128 bits, for ids that are derived from a hash.
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
        // A hash is uniform already, so one word is as good as four.
        hasher.combine(words.0)
    }

    /// 64 hex digits.
    public var description: String { words.0.hex16 + words.1.hex16 + words.2.hex16 + words.3.hex16 }
}

/// SHA-256, passed in by a module that may import an implementation.
public typealias HashFunction = @Sendable ([UInt8]) -> Hash256
