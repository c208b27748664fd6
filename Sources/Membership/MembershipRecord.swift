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
/// signature, author and place are for the ``MembershipLog`` to check.
public struct MembershipRecord: Hashable, Sendable {
    /// What a record says.
    public enum Content: Hashable, Sendable {
        case genesis(Genesis, KeyWrap)
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

    /// Makes the record with which a space begins.
    ///
    /// - Parameters:
    ///   - genesis: what it says.
    ///   - wrapping: seals the first keys to the device; gets the hash of the body.
    ///   - signing: signs for the device; gets the statement.
    /// - Returns: the record, whole; begin a ``MembershipLog`` with it.
    /// - Throws: what `wrapping` throws.
    public static func genesis<Failure>(
        _ genesis: Genesis, wrapping: (Hash256) throws(Failure) -> [UInt8], signing: (SignedStatement) -> [UInt8]
    ) throws(Failure) -> MembershipRecord {
        let body = genesis.json
        let bodyHash = hash(ofBody: body)
        let wrap = KeyWrap(device: genesis.device.id, sealed: try wrapping(bodyHash))
        precondition(wrap.sealed.count == genesis.suite.wrapByteCount, "a wrap of \(wrap.sealed.count) bytes")
        let wraps: JSONValue = [wrap.json]
        let signature = signing(.record(hash(bodyHash, wraps)))
        return MembershipRecord(
            body: body, wraps: wraps, signature: signature, content: .genesis(genesis, wrap), previous: nil,
            author: genesis.device.id)
    }

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

    static func hash(ofBody body: JSONValue) -> Hash256 {
        var bytes = CanonicalBytes(label: "between record body 1")
        bytes.append(body.canonicalBytes())
        return .sha256(bytes.bytes)
    }

    private static func hash(_ bodyHash: Hash256, _ wraps: JSONValue) -> Hash256 {
        var bytes = CanonicalBytes(label: "between record 1")
        bytes.append(bodyHash)
        bytes.append(wraps.canonicalBytes())
        return .sha256(bytes.bytes)
    }

    /// Whether this device signed the record.
    public func isSigned(by device: DeviceIdentity) -> Bool {
        SignedStatement.record(hash).isSigned(by: device, signature)
    }
}
