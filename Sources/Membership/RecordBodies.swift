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

/// The part of a record that ends one epoch and begins the next.
public struct EpochBeginning: Hashable, Sendable {
    /// The frontier of the ending epoch: of removed devices' feeds, only edits within it count.
    public let cut: Frontier
    /// The key of the ending epoch, sealed under the new epoch's key; ``Suite/beforeByteCount`` bytes.
    public let before: [UInt8]
    /// The new epoch's keys for each remaining device, ascending by device.
    public let wraps: [KeyWrap]

    init(cut: Frontier, before: [UInt8], wraps: [KeyWrap]) {
        self.cut = cut
        self.before = before
        self.wraps = wraps
    }

    /// Reads a body and its wraps; the caller compares the body with its canonical form.
    init(_ body: JSONObject, wraps: [JSONValue]) throws(MembershipError) {
        guard let rows = body["cut"]?.asArray, let before = body.bytes("before") else { throw .malformed }
        let cut = try Self.frontier(rows)
        let read = wraps.compactMap { KeyWrap($0) }
        guard read.count == wraps.count,
            zip(read, read.dropFirst()).allSatisfy({ $0.device < $1.device })
        else { throw .malformed }
        self.init(cut: cut, before: before, wraps: read)
    }

    static func frontier(_ rows: [JSONValue]) throws(MembershipError) -> Frontier {
        guard rows.count <= MembershipLimits.cutRowsMax else { throw .tooLong }
        let ends = rows.compactMap(Tip.init(_:))
        guard ends.count == rows.count, let frontier = Frontier(ascending: ends) else { throw .malformed }
        return frontier
    }

    static func json(_ cut: Frontier) -> JSONValue { .array(cut.ends.map(\.json)) }
}

extension Tip {
    fileprivate var json: JSONValue {
        [.text(Text(dot.replica.description)), .integer(dot.n), .bytes(hash.bytes)]
    }

    init?(_ json: JSONValue) {
        guard let parts = json.asArray, parts.count == 3, let name = parts[0].asText, let replica = ReplicaID(name),
            let n = parts[1].asInteger, let bytes = parts[2].asText.flatMap(Base64URL.bytes), let hash = Hash256(bytes)
        else { return nil }
        self.init(Dot(replica, n), hash)
    }
}

/// The binding of a recovery key to its space, in the record that adds the key.
///
/// The code is made with a key that is derived from the printed secret only. A server knows the key's public halves
/// and could add them to a space of its own, but cannot make a code for it. Only the holder of the printed key can
/// verify a code; to the log it is 32 opaque bytes.
public struct RecoveryBinding: Hashable, Sendable {
    /// Bytes of ``code``: of an HMAC-SHA256.
    public static let codeByteCount = 32

    /// The frontier that maker and server had in common: ``MembershipLimits/cutRowsMax`` rows at most.
    public let clock: Frontier
    /// Covers the space, the head before the record, its author and person, the key's device and ``clock``.
    public let code: [UInt8]

    /// - Parameter code: of ``codeByteCount`` bytes.
    public init(clock: Frontier, code: [UInt8]) {
        precondition(code.count == Self.codeByteCount, "a code of \(code.count) bytes")
        self.clock = clock
        self.code = code
    }

    /// Reads untrusted JSON; the caller compares it with ``json``.
    init(_ json: JSONValue) throws(MembershipError) {
        guard let members = json.asObject, let rows = members["clock"]?.asArray,
            let code = members.bytes("mac", count: Self.codeByteCount)
        else { throw .malformed }
        guard rows.count <= MembershipLimits.cutRowsMax else { throw .tooLong }
        let ends = rows.compactMap(Tip.init(_:))
        guard ends.count == rows.count, let clock = Frontier(ascending: ends) else { throw .malformed }
        self.init(clock: clock, code: code)
    }

    var json: JSONValue { ["clock": EpochBeginning.json(clock), "mac": .bytes(code)] }
}

/// The keys of an epoch, sealed to one device; only that device's private key, in `Sealing`, opens it.
public struct KeyWrap: Hashable, Sendable {
    /// The recipient.
    public let device: DeviceID
    /// The encapsulated key, then the sealed keys; ``Suite/wrapByteCount`` bytes.
    public let sealed: [UInt8]

    public init(device: DeviceID, sealed: [UInt8]) {
        self.device = device
        self.sealed = sealed
    }

    var json: JSONValue { ["key": .bytes(sealed), "to": .id(device)] }

    /// Is `nil` for missing or unknown members; the length is checked against the suite elsewhere.
    init?(_ json: JSONValue) {
        guard let object = json.asObject, object.count == 2, let device = object.id("to", DeviceID.self),
            let sealed = object.bytes("key")
        else { return nil }
        self.init(device: device, sealed: sealed)
    }
}

/// The rights of a person in a space, the same on all of their devices.
public enum Role: String, Hashable, Sendable, CaseIterable {
    /// May do everything.
    case owner
    /// Reads and writes, adds and removes their own devices, and forgets their own entries.
    case member
}

/// The algorithms of a space, fixed by its genesis; they are never negotiated or downgraded.
public enum Suite: Int, Hashable, Sendable, CaseIterable {
    /// Ed25519; HPKE with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20Poly1305; boxes
    /// with HKDF-SHA256 and ChaCha20Poly1305; tokens with HMAC-SHA256.
    case one = 1

    /// The bytes of a wrap: an encapsulated key of 32, two keys of 32 each, a tag of 16.
    public var wrapByteCount: Int {
        switch self {
        case .one: 32 + 64 + 16
        }
    }

    /// The bytes of an epoch's key sealed under the next: a nonce of 12, a key of 32, a tag of 16.
    public var beforeByteCount: Int {
        switch self {
        case .one: 12 + 32 + 16
        }
    }
}
