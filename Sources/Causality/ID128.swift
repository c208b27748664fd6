/// A 128-bit id of a space, a person or a device.
///
/// Its text is that of an ``EntryID``, 26 lower-case characters of Crockford's base32, and is read as leniently;
/// where only the canonical spelling is valid, compare ``CustomStringConvertible/description`` with the input.
public protocol ID128: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The 128 bits, in the type that converts them to text.
    var bits: EntryID { get }

    init(bits: EntryID)
}

extension ID128 {
    /// Takes exactly 16 bytes, or is `nil`.
    @inlinable
    public init?(_ bytes: some Collection<UInt8>) {
        guard let bits = EntryID(bytes) else { return nil }
        self.init(bits: bits)
    }

    /// Reads the 26 characters of ``description``, in either case, and Crockford's look-alikes (o, i, l).
    public init?(_ text: some StringProtocol) {
        guard let bits = EntryID(text) else { return nil }
        self.init(bits: bits)
    }

    public var bytes: [UInt8] { bits.bytes }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.bits < rhs.bits }

    public var description: String { bits.description }
}

/// The id of a space: the first 128 bits of the hash of its genesis record's body, so that it authenticates the
/// space's membership log.
public struct SpaceID: ID128 {
    public let bits: EntryID

    public init(bits: EntryID) { self.bits = bits }
}

/// The id of a person: 128 random bits. Roles belong to persons, on all of their devices.
public struct PersonID: ID128 {
    public let bits: EntryID

    public init(bits: EntryID) { self.bits = bits }

    /// Draws a random id.
    public static func random(using generator: inout some RandomNumberGenerator) -> PersonID {
        PersonID(bits: .random(using: &generator))
    }
}

/// The id of a device: the first 128 bits of the hash of its signing key.
public struct DeviceID: ID128 {
    public let bits: EntryID

    public init(bits: EntryID) { self.bits = bits }
}
