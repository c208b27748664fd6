import CanonicalJSON
public import Causality

/// The genesis of a space: its algorithms, and the first device of its first person.
public struct Genesis: Hashable, Sendable {
    public static let kind = "genesis"
    public static let nonceByteCount = 16

    public let suite: Suite
    /// The version of the space's batch format, from 1 on; only a record can raise it.
    public let batchVersion: Int
    /// Random, so that no two spaces have the same id.
    public let nonce: [UInt8]
    /// The owner.
    public let person: PersonID
    /// The device that signs the record.
    public let device: DeviceIdentity

    /// Is `nil` unless the nonce has 16 bytes and the batch version is from 1 to ``MembershipLimits/batchVersionMax``.
    public init?(suite: Suite, batchVersion: Int, nonce: [UInt8], person: PersonID, device: DeviceIdentity) {
        guard nonce.count == Self.nonceByteCount, (1...MembershipLimits.batchVersionMax).contains(batchVersion)
        else { return nil }
        self.suite = suite
        self.batchVersion = batchVersion
        self.nonce = nonce
        self.person = person
        self.device = device
    }

    /// The hash of the body: the name of the first epoch, and its first 128 bits the id of the space.
    public var bodyHash: Hash256 { MembershipRecord.hash(ofBody: json) }

    /// The id of the space.
    public var space: SpaceID { SpaceID(bits: bodyHash.prefix128) }

    var json: JSONValue {
        [
            "kind": .text(Text(Self.kind)), "suite": .integer(suite.rawValue), "batch": .integer(batchVersion),
            "nonce": .bytes(nonce), "person": .id(person),
            "device": device.json,
        ]
    }

    /// Reads a genesis body; the caller compares it with ``json`` to refuse unknown members.
    init(_ body: JSONObject) throws(MembershipError) {
        guard let number = body.integer("suite", in: 1...Int.max) else { throw .malformed }
        guard let suite = Suite(rawValue: number) else { throw .unknownSuite(number) }
        guard let device = DeviceIdentity(body["device"]),
            let batchVersion = body.integer("batch", in: 1...MembershipLimits.batchVersionMax),
            let nonce = body.bytes("nonce", count: Self.nonceByteCount), let person = body.id("person", PersonID.self),
            let genesis = Genesis(
                suite: suite, batchVersion: batchVersion, nonce: nonce, person: person, device: device)
        else { throw .malformed }
        self = genesis
    }
}
