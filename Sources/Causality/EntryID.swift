/// The id of an entry: 128 bits without a timestamp, since the server sees them; see ``EntryProof``.
public struct EntryID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public static let byteCount = 16
    /// The length of ``description``.
    public static let textLength = 26

    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Takes exactly 16 bytes, or is `nil`.
    // Inlinable so that other modules specialize it: a first download calls it a hundred thousand times.
    @inlinable
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Draws a random id.
    public static func random(using generator: inout some RandomNumberGenerator) -> EntryID {
        EntryID(high: generator.next(), low: generator.next())
    }

    /// Reads the 26 characters of ``description``, in either case, and Crockford's look-alikes (o, i, l).
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.textLength else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, character) in text.utf8.enumerated() {
            // 26 characters carry 130 bits, so the first may only have three.
            guard let digit = CrockfordBase32.value(of: character), index > 0 || digit < 8 else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(digit)
        }
        self.init(high: high, low: low)
    }

    public var bytes: [UInt8] {
        var encoder = CanonicalBytes()
        encoder.append(high)
        encoder.append(low)
        return encoder.bytes
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { (lhs.high, lhs.low) < (rhs.high, rhs.low) }

    /// 26 lower-case characters of Crockford's base32.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(Self.textLength)
        for index in 0..<Self.textLength {
            let shift = 5 * (Self.textLength - 1 - index)
            let bits =
                shift >= 64 ? high >> (shift - 64) : low >> shift | (shift > 59 ? high << (64 - shift) : 0)
            text.append(CrockfordBase32.character(of: UInt8(bits & 31)))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
