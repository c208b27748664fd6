/// 16 random bytes that an entry's id is made of, and that so prove whose the entry is.
///
/// They are sealed in the box of the entry's first edit. A person who is no owner shows them in the open to have the
/// entry forgotten: so who began it depends on no order of arrival and on no clock, and since the id names him with
/// them, nobody else can take it over. Ids of imported entries, and those of the versions before, prove nobody.
public struct EntryProof: Hashable, Sendable {
    public static let byteCount = 16

    public let bytes: [UInt8]

    /// Takes exactly 16 bytes, or is `nil`.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    private init(_ bits: EntryID) { bytes = bits.bytes }

    /// Draws a new one.
    public static func random(using generator: inout some RandomNumberGenerator) -> EntryProof {
        EntryProof(.random(using: &generator))
    }

    /// The id of the entry that this person begins with these bytes in this space, and of no other.
    public func entry(of person: PersonID, in space: SpaceID, _ hash: HashFunction) -> EntryID {
        var bytes = CanonicalBytes(label: "between entry 1")
        bytes.append(space.bits)
        bytes.append(person.bits)
        bytes.append(self.bytes)
        return hash(bytes.bytes).prefix128
    }
}

/// The name of an entry that is to be written, and what will prove whose it is.
public struct EntryName: Hashable, Sendable {
    public let id: EntryID
    public let proof: EntryProof

    public init(_ proof: EntryProof, of person: PersonID, in space: SpaceID, _ hash: HashFunction) {
        id = proof.entry(of: person, in: space, hash)
        self.proof = proof
    }
}
