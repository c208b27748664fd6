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

/// The 16 random bytes from which an entry's id is derived, as proof of the person who began the entry.
///
/// They are sealed in the box of the entry's first edit. A person who is not an owner reveals them to have the entry
/// forgotten. Since the id is a hash over the proof, the person and the space, nobody else can claim the entry, and
/// no order of arrival or clock decides it. Ids of imported entries, and those of older versions, prove no author.
public struct EntryProof: Hashable, Sendable {
    public static let byteCount = 16

    public let bytes: [UInt8]

    /// Takes exactly 16 bytes, or is `nil`.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    private init(_ bits: EntryID) { bytes = bits.bytes }

    /// Draws random bytes.
    public static func random(using generator: inout some RandomNumberGenerator) -> EntryProof {
        EntryProof(.random(using: &generator))
    }

    /// The id of the entry that this person begins in this space with these bytes.
    public func entry(of person: PersonID, in space: SpaceID, _ hash: HashFunction) -> EntryID {
        var bytes = CanonicalBytes(label: "between entry 1")
        bytes.append(space.bits)
        bytes.append(person.bits)
        bytes.append(self.bytes)
        return hash(bytes.bytes).prefix128
    }
}

/// The id of an entry that is to be written, with its proof.
public struct EntryName: Hashable, Sendable {
    public let id: EntryID
    public let proof: EntryProof

    public init(_ proof: EntryProof, of person: PersonID, in space: SpaceID, _ hash: HashFunction) {
        id = proof.entry(of: person, in: space, hash)
        self.proof = proof
    }
}

/// The pseudonym of a field that the server sees: 64 bits of an HMAC over entry and field name, so that the server
/// can match edits of one field without learning which field it is.
public struct FieldToken: Hashable, Comparable, Sendable {
    public let bits: UInt64

    public init(bits: UInt64) { self.bits = bits }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.bits < rhs.bits }
}
