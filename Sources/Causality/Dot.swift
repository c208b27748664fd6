/// The identifier of an edit: the replica that wrote it, and its number there.
///
/// A replica numbers its edits 1, 2, 3, ... without gaps. A dot identifies one edit forever; two different edits with
/// the same dot are a fork.
public struct Dot: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The greatest integer that every JSON reader represents exactly: 2^53 - 1.
    public static let nMax = 1 << 53 - 1

    public let replica: ReplicaID
    public let n: Int

    public init(_ replica: ReplicaID, _ n: Int) {
        self.replica = replica
        self.n = n
    }

    /// Reads `REPLICA:N`: sixteen hex digits and a decimal number from 1 to ``nMax`` without leading zeros.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let replica = ReplicaID(parts[0]), parts[1].utf8.first != UInt8(ascii: "0"),
            parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let n = Int(parts[1]), n <= Self.nMax
        else { return nil }
        self.init(replica, n)
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { (lhs.replica, lhs.n) < (rhs.replica, rhs.n) }

    public var description: String { "\(replica):\(n)" }
}

/// The id of a replica: one database of one device, in one incarnation.
///
/// The first 64 bits of SHA-256(device key | nonce), so that no device can claim a feed under another's key.
public struct ReplicaID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let bits: UInt64

    public init(bits: UInt64) { self.bits = bits }

    /// Reads sixteen lower-case hex digits.
    public init?(_ text: some StringProtocol) {
        guard let bits = UInt64(hex16: text) else { return nil }
        self.bits = bits
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.bits < rhs.bits }

    /// Sixteen lower-case hex digits.
    public var description: String { bits.hex16 }
}

/// The origin of a replica, from which its id is derived; announced with the first batch of its feed.
public struct ReplicaOrigin: Hashable, Sendable {
    public static let deviceKeyByteCount = 32
    public static let nonceByteCount = 16

    /// The device's Ed25519 public key.
    public let deviceKey: [UInt8]
    /// Random, drawn for each incarnation.
    public let nonce: [UInt8]

    /// Is `nil` unless the key has 32 bytes and the nonce 16.
    public init?(deviceKey: [UInt8], nonce: [UInt8]) {
        guard deviceKey.count == Self.deviceKeyByteCount, nonce.count == Self.nonceByteCount else { return nil }
        self.deviceKey = deviceKey
        self.nonce = nonce
    }

    /// The id that is derived from this origin.
    public func replica(_ hash: HashFunction) -> ReplicaID {
        ReplicaID(bits: hash(deviceKey + nonce).prefix64)
    }
}
