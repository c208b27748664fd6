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
