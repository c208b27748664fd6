import CanonicalJSON
public import Causality

/// One signed change of a space's membership.
///
/// Its text is one canonical JSON object of printable ASCII without a backslash: `body`, `wraps` and `signature`. The
/// hash of the body is the name of the epoch that the record begins, and so is known before the epoch's keys are
/// wrapped. The hash of body and wraps is the record's own: the head of the log, and what is signed.
///
/// Every kind but genesis has `previous`, the head before it, and `by`, the device that signs. So the author of a
/// record of an unknown kind can still be verified.
///
/// Parsing checks only the canonical form; ``MembershipLog`` checks signature, author, rights and position.
public struct MembershipRecord: Hashable, Sendable {
    /// The change that a record makes.
    public enum Content: Hashable, Sendable {
        case genesis(Genesis, KeyWrap)
        /// Adds a device, with the keys of the current epoch wrapped to it.
        case add(MembershipLog.Member, KeyWrap)
        /// Removes one device or more, in ascending order, and begins an epoch whose keys they do not have.
        case remove([DeviceID], EpochBeginning)
        /// Begins an epoch with the same devices.
        case rotate(EpochBeginning)
        /// One device or more of the author's person leave, in ascending order; an owner's device must then rotate.
        case leave([DeviceID])
        /// Raises the bounds of removed devices' feeds, since an owner's device held more before it knew of the
        /// removal.
        case raise(Frontier)
        /// A kind that only newer versions know.
        case unknown(kind: String)
    }

    public let content: Content
    /// The head before this record; `nil` only for a genesis.
    public let previous: Hash256?
    /// The device that signs it.
    public let author: DeviceID
    public let signature: [UInt8]
    /// The name of the epoch, if the record begins one.
    public let bodyHash: Hash256
    /// The hash of the record, which its author signs.
    public let hash: Hash256
    /// The canonical text, which is stored and sent.
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

    /// A record that was parsed before, with its hashes.
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

    /// The epoch that this record begins; `nil` for genesis and for records that begin none.
    public var beginning: EpochBeginning? {
        switch content {
        case .remove(_, let beginning), .rotate(let beginning): beginning
        case .genesis, .add, .leave, .raise, .unknown: nil
        }
    }

    /// The devices that this record removes.
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
