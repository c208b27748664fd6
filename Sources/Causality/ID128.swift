/// A name of 128 bits: of a space, a person or a device.
///
/// All have the text of an ``EntryID``, 26 lower-case characters of Crockford's
/// base32, and are read as leniently; where only one spelling may stand, compare
/// ``CustomStringConvertible/description`` with what was read.
public protocol ID128: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The bits, in the type that has their text.
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

    /// Reads the 26 characters of ``description``; letters of either case, and Crockford's look-alikes.
    public init?(_ text: some StringProtocol) {
        guard let bits = EntryID(text) else { return nil }
        self.init(bits: bits)
    }

    public var bytes: [UInt8] { bits.bytes }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.bits < rhs.bits }

    public var description: String { bits.description }
}

/// The name of a space: the first 128 bits of the hash of its genesis' body, so
/// that whoever knows it can tell the space's true log from any other.
public struct SpaceID: ID128 {
    public let bits: EntryID

    public init(bits: EntryID) { self.bits = bits }
}

/// The name of a person, to whom roles belong, whatever the device: 128 random bits.
public struct PersonID: ID128 {
    public let bits: EntryID

    public init(bits: EntryID) { self.bits = bits }

    /// Draws a new name.
    public static func random(using generator: inout some RandomNumberGenerator) -> PersonID {
        PersonID(bits: .random(using: &generator))
    }
}

/// The name of a device: the first 128 bits of the hash of its signing key.
public struct DeviceID: ID128 {
    public let bits: EntryID

    public init(bits: EntryID) { self.bits = bits }
}
