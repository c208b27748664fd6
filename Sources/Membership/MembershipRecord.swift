import CanonicalJSON
public import Causality

/// One signed step of a space's membership.
///
/// As text it is one canonical JSON object of printable ASCII without a backslash:
/// `body`, `wraps` and `signature`. The hash of the body names the epoch that the
/// record begins, and so is known before the epoch's keys are wrapped; the hash of
/// body and wraps is the record's own, names the head of the log, and is signed.
///
/// Every kind but genesis has `previous`, the head before it, and `by`, the device
/// that signs. So a record of an unknown kind is known to be a member's.
///
/// A record that was read is in its one form, and nothing more is known of it:
/// signature, author, rights and place are for the ``MembershipLog`` to check.
public struct MembershipRecord: Hashable, Sendable {
    /// What a record says.
    public enum Content: Hashable, Sendable {
        case genesis(Genesis, KeyWrap)
        /// A device comes; it gets the keys of the epoch that reigns.
        case add(MembershipLog.Member, KeyWrap)
        /// Devices go, ascending, and never none; so an epoch begins whose keys they do not have.
        case remove([DeviceID], EpochBeginning)
        /// An epoch begins, and nobody comes or goes.
        case rotate(EpochBeginning)
        /// Devices of one's own go, ascending, and never none; an owner's device owes the epoch that shuts them out.
        case leave([DeviceID])
        /// Feeds of devices that went go on to here, since an owner's device held so much before it knew.
        case raise(Frontier)
        /// Something that only newer versions know.
        case unknown(kind: String)
    }

    public let content: Content
    /// The head before this record; `nil` exactly for a genesis.
    public let previous: Hash256?
    /// The device that signs it.
    public let author: DeviceID
    public let signature: [UInt8]
    /// Names the epoch, if the record begins one.
    public let bodyHash: Hash256
    /// Names the record; what its author signs.
    public let hash: Hash256
    /// The canonical text: what is stored and sent.
    public let bytes: [UInt8]

    init(
        body: JSONValue, wraps: JSONValue, signature: [UInt8], content: Content, previous: Hash256?, author: DeviceID
    ) {
        self.content = content
        self.previous = previous
        self.author = author
        self.signature = signature
        bodyHash = Self.hash(ofBody: body)
        hash = Self.hash(bodyHash, wraps)
        let record: JSONValue = ["body": body, "wraps": wraps, "signature": .bytes(signature)]
        bytes = record.canonicalBytes()
    }

    /// What was read before, hashes and all.
    init(
        _ content: Content, previous: Hash256?, author: DeviceID, signature: [UInt8], bodyHash: Hash256, hash: Hash256,
        bytes: [UInt8]
    ) {
        self.content = content
        self.previous = previous
        self.author = author
        self.signature = signature
        self.bodyHash = bodyHash
        self.hash = hash
        self.bytes = bytes
    }

    static func hash(ofBody body: JSONValue) -> Hash256 {
        var bytes = CanonicalBytes(label: "between record body 1")
        bytes.append(body.canonicalBytes())
        return .sha256(bytes.bytes)
    }

    static func hash(_ bodyHash: Hash256, _ wraps: JSONValue) -> Hash256 {
        var bytes = CanonicalBytes(label: "between record 1")
        bytes.append(bodyHash)
        bytes.append(wraps.canonicalBytes())
        return .sha256(bytes.bytes)
    }

    /// The epoch that this record begins, as what it says of it; `nil` for genesis and what begins none.
    public var beginning: EpochBeginning? {
        switch content {
        case .remove(_, let beginning), .rotate(let beginning): beginning
        case .genesis, .add, .leave, .raise, .unknown: nil
        }
    }

    /// The devices that go with this record.
    public var departing: [DeviceID] {
        switch content {
        case .remove(let devices, _), .leave(let devices): devices
        case .genesis, .add, .rotate, .raise, .unknown: []
        }
    }

    /// Whether this device signed the record.
    public func isSigned(by device: DeviceIdentity) -> Bool {
        SignedStatement.record(hash).isSigned(by: device, signature)
    }
}
