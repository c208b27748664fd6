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

// MARK: - Bodies

/// The canonical body of each kind, which is written, and compared with what is read.
extension MembershipRecord {
    private static let addKind = "add"
    private static let removeKind = "remove"
    private static let rotateKind = "rotate"
    private static let leaveKind = "leave"
    private static let raiseKind = "raise"

    private static func addBody(_ member: MembershipLog.Member, after previous: Hash256, by author: DeviceID)
        -> JSONValue
    {
        var body: JSONObject = [
            "kind": .text(Text(addKind)), "previous": .bytes(previous.bytes), "by": .id(author),
            "person": .id(member.person), "role": .text(Text(member.role.rawValue)), "device": member.device.json,
        ]
        if member.isRecovery { body["recovery"] = true }
        if let binding = member.binding { body["bound"] = binding.json }
        return .object(body)
    }

    private static func removeBody(
        _ devices: [DeviceID], cut: Frontier, before: [UInt8], after previous: Hash256, by author: DeviceID
    ) -> JSONValue {
        [
            "kind": .text(Text(removeKind)), "previous": .bytes(previous.bytes), "by": .id(author),
            "devices": .array(devices.map(JSONValue.id)), "cut": EpochBeginning.json(cut), "before": .bytes(before),
        ]
    }

    private static func rotateBody(
        cut: Frontier, before: [UInt8], after previous: Hash256, by author: DeviceID
    ) -> JSONValue {
        [
            "kind": .text(Text(rotateKind)), "previous": .bytes(previous.bytes), "by": .id(author),
            "cut": EpochBeginning.json(cut), "before": .bytes(before),
        ]
    }

    private static func leaveBody(_ devices: [DeviceID], after previous: Hash256, by author: DeviceID) -> JSONValue {
        [
            "kind": .text(Text(leaveKind)), "previous": .bytes(previous.bytes), "by": .id(author),
            "devices": .array(devices.map(JSONValue.id)),
        ]
    }

    private static func raiseBody(_ ends: Frontier, after previous: Hash256, by author: DeviceID) -> JSONValue {
        [
            "kind": .text(Text(raiseKind)), "previous": .bytes(previous.bytes), "by": .id(author),
            "ends": EpochBeginning.json(ends),
        ]
    }
}

extension DeviceIdentity {
    var json: JSONValue { ["sign": .bytes(signingKey), "agree": .bytes(agreementKey)] }

    /// Is `nil` unless both keys are there; the caller compares it with ``json``.
    init?(_ json: JSONValue?) {
        guard let keys = json?.asObject, let signingKey = keys.bytes("sign", count: Self.keyByteCount),
            let agreementKey = keys.bytes("agree", count: Self.keyByteCount)
        else { return nil }
        self.init(signingKey: signingKey, agreementKey: agreementKey)
    }
}

// MARK: - Reading

extension MembershipRecord {
    /// Parses a record from untrusted bytes.
    ///
    /// - Throws: ``MembershipError/tooLong``, ``MembershipError/malformed``,
    ///   ``MembershipError/notCanonical`` or ``MembershipError/unknownSuite(_:)``.
    public init(parsing bytes: [UInt8]) throws(MembershipError) {
        guard bytes.count <= MembershipLimits.recordLengthMax else { throw .tooLong }
        // The characters that the wire allows; without a backslash, every text has one spelling.
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else { throw .malformed }
        guard let json = try? JSONValue(parsing: bytes, limits: JSONLimits(depthMax: MembershipLimits.depthMax)),
            let object = json.asObject, object.count == 3, let body = object["body"], let members = body.asObject,
            let wraps = object["wraps"], let wrapped = wraps.asArray,
            let signature = object.bytes("signature", count: SignedStatement.signatureByteCount),
            let kind = members["kind"]?.asText, Self.isKind(kind)
        else { throw .malformed }
        guard json.canonicalBytes() == bytes else { throw .notCanonical }
        guard kind != Genesis.kind else {
            let genesis = try Genesis(members)
            guard genesis.json == body, wrapped.count == 1, let wrap = KeyWrap(wrapped[0]),
                wrap.sealed.count == genesis.suite.wrapByteCount, wrap.device == genesis.device.id
            else { throw .malformed }
            self.init(
                body: body, wraps: wraps, signature: signature, content: .genesis(genesis, wrap), previous: nil,
                author: genesis.device.id)
            return
        }
        guard let previous = members.hash("previous"), let author = members.id("by", DeviceID.self) else {
            throw .malformed
        }
        let content: Content
        let written: JSONValue
        switch kind {
        case Self.addKind:
            let (member, wrap) = try Self.addition(members, wrapped)
            content = .add(member, wrap)
            written = Self.addBody(member, after: previous, by: author)
        case Self.removeKind:
            let devices = try Self.removals(members)
            let beginning = try EpochBeginning(members, wraps: wrapped)
            content = .remove(devices, beginning)
            written = Self.removeBody(
                devices, cut: beginning.cut, before: beginning.before, after: previous, by: author)
        case Self.rotateKind:
            let beginning = try EpochBeginning(members, wraps: wrapped)
            content = .rotate(beginning)
            written = Self.rotateBody(cut: beginning.cut, before: beginning.before, after: previous, by: author)
        case Self.leaveKind:
            guard wrapped.isEmpty else { throw .malformed }
            let devices = try Self.removals(members)
            content = .leave(devices)
            written = Self.leaveBody(devices, after: previous, by: author)
        case Self.raiseKind:
            guard wrapped.isEmpty, let rows = members["ends"]?.asArray, !rows.isEmpty else { throw .malformed }
            let ends = try EpochBeginning.frontier(rows)
            content = .raise(ends)
            written = Self.raiseBody(ends, after: previous, by: author)
        case _:
            content = .unknown(kind: kind)
            written = body
        }
        // Refuses unknown members and other spellings.
        guard written == body else { throw .malformed }
        self.init(
            body: body, wraps: wraps, signature: signature, content: content, previous: previous, author: author)
    }

    private static func addition(
        _ body: JSONObject, _ wraps: [JSONValue]
    ) throws(MembershipError) -> (MembershipLog.Member, KeyWrap) {
        guard let person = body.id("person", PersonID.self), let role = body["role"]?.asText.flatMap(Role.init),
            let device = DeviceIdentity(body["device"]), wraps.count == 1, let wrap = KeyWrap(wraps[0])
        else { throw .malformed }
        let isRecovery = body["recovery"] == true
        var binding: RecoveryBinding?
        if let bound = body["bound"] {
            guard isRecovery else { throw .malformed }
            binding = try RecoveryBinding(bound)
        }
        return (.init(person: person, role: role, device: device, isRecovery: isRecovery, binding: binding), wrap)
    }

    private static func removals(_ body: JSONObject) throws(MembershipError) -> [DeviceID] {
        guard let names = body["devices"]?.asArray, !names.isEmpty else { throw .malformed }
        guard names.count <= MembershipLimits.devicesMax else { throw .tooLong }
        let devices = names.compactMap { $0.asText.flatMap { DeviceID($0) } }
        guard devices.count == names.count, zip(devices, devices.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .malformed
        }
        return devices
    }

    private static func isKind(_ text: String) -> Bool {
        (1...MembershipLimits.kindLengthMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") }
    }
}

// MARK: - Writing

/// Makes records. The caller's functions seal the keys and sign, so this module needs no private key;
/// ``MembershipLog/append(_:)`` decides whether a log accepts the record.
extension MembershipRecord {
    /// Makes the record that begins a space.
    ///
    /// - Parameters:
    ///   - genesis: the content.
    ///   - wrapping: seals the first keys to the device; gets the hash of the body.
    ///   - signing: signs for the device; gets the statement.
    /// - Returns: the record, with which to begin a ``MembershipLog``.
    /// - Throws: the error of `wrapping`.
    public static func genesis<Failure>(
        _ genesis: Genesis, wrapping: (Hash256) throws(Failure) -> [UInt8], signing: (SignedStatement) -> [UInt8]
    ) throws(Failure) -> MembershipRecord {
        let body = genesis.json
        let wrap = KeyWrap(device: genesis.device.id, sealed: try wrapping(hash(ofBody: body)))
        precondition(wrap.sealed.count == genesis.suite.wrapByteCount, "a wrap of \(wrap.sealed.count) bytes")
        return signed(body, [wrap], .genesis(genesis, wrap), after: nil, by: genesis.device.id, signing)
    }

    /// Makes a record that adds a device.
    ///
    /// - Parameters:
    ///   - member: the device with its person.
    ///   - log: the log to whose head the record is to be appended.
    ///   - author: the device that signs.
    ///   - wrapping: seals the keys of the given epoch, the current one, to a device.
    ///   - signing: signs for the author; gets the statement.
    /// - Throws: the error of `wrapping`.
    public static func add<Failure>(
        _ member: MembershipLog.Member, to log: MembershipLog, by author: DeviceID,
        wrapping: (Hash256, DeviceIdentity) throws(Failure) -> [UInt8], signing: (SignedStatement) -> [UInt8]
    ) throws(Failure) -> MembershipRecord {
        let wrap = KeyWrap(device: member.device.id, sealed: try wrapping(log.epoch, member.device))
        let body = addBody(member, after: log.head, by: author)
        return signed(body, [wrap], .add(member, wrap), after: log.head, by: author, signing)
    }

    /// Makes a record that removes devices, and so begins an epoch.
    ///
    /// - Parameters:
    ///   - devices: at least one.
    ///   - log: the log to whose head the record is to be appended.
    ///   - cut: the frontier of what its author holds.
    ///   - before: the key of the ending epoch, sealed under the new one.
    ///   - author: the device that signs.
    ///   - wrapping: seals the keys of the new epoch, whose name it gets, to a device; called for each that remains,
    ///     ascending.
    ///   - signing: signs for the author; gets the statement.
    /// - Throws: the error of `wrapping`.
    public static func remove<Failure>(
        _ devices: some Sequence<DeviceID>, from log: MembershipLog, cut: Frontier, before: [UInt8],
        by author: DeviceID, wrapping: (Hash256, DeviceIdentity) throws(Failure) -> [UInt8],
        signing: (SignedStatement) -> [UInt8]
    ) throws(Failure) -> MembershipRecord {
        let removed = Set(devices)
        let devices = removed.sorted()
        let body = removeBody(devices, cut: cut, before: before, after: log.head, by: author)
        let wraps = try wraps(for: log.recipients(without: removed), of: hash(ofBody: body), wrapping)
        let beginning = EpochBeginning(cut: cut, before: before, wraps: wraps)
        return signed(body, wraps, .remove(devices, beginning), after: log.head, by: author, signing)
    }

    /// Makes a record that begins an epoch with the same devices.
    ///
    /// - Parameters: as for ``remove(_:from:cut:before:by:wrapping:signing:)``.
    /// - Throws: the error of `wrapping`.
    public static func rotate<Failure>(
        _ log: MembershipLog, cut: Frontier, before: [UInt8], by author: DeviceID,
        wrapping: (Hash256, DeviceIdentity) throws(Failure) -> [UInt8], signing: (SignedStatement) -> [UInt8]
    ) throws(Failure) -> MembershipRecord {
        let body = rotateBody(cut: cut, before: before, after: log.head, by: author)
        let wraps = try wraps(for: log.recipients(without: []), of: hash(ofBody: body), wrapping)
        let beginning = EpochBeginning(cut: cut, before: before, wraps: wraps)
        return signed(body, wraps, .rotate(beginning), after: log.head, by: author, signing)
    }

    /// Makes a record with which devices of the author's own person leave. It begins no epoch.
    ///
    /// - Parameters:
    ///   - devices: at least one.
    ///   - log: the log to whose head the record is to be appended.
    ///   - author: the device that signs.
    ///   - signing: signs for the author; gets the statement.
    public static func leave(
        _ devices: some Sequence<DeviceID>, of log: MembershipLog, by author: DeviceID,
        signing: (SignedStatement) -> [UInt8]
    ) -> MembershipRecord {
        let devices = Set(devices).sorted()
        let body = leaveBody(devices, after: log.head, by: author)
        return signed(body, [], .leave(devices), after: log.head, by: author, signing)
    }

    /// Makes a record that raises the bounds of removed devices' feeds.
    ///
    /// - Parameters:
    ///   - ends: see ``MembershipLog/owedRaise(of:)``.
    ///   - log: the log to whose head the record is to be appended.
    ///   - author: the device that signs, an owner's.
    ///   - signing: signs for the author; gets the statement.
    public static func raise(
        _ ends: Frontier, in log: MembershipLog, by author: DeviceID, signing: (SignedStatement) -> [UInt8]
    ) -> MembershipRecord {
        let body = raiseBody(ends, after: log.head, by: author)
        return signed(body, [], .raise(ends), after: log.head, by: author, signing)
    }

    private static func wraps<Failure>(
        for devices: [DeviceIdentity], of epoch: Hash256,
        _ wrapping: (Hash256, DeviceIdentity) throws(Failure) -> [UInt8]
    ) throws(Failure) -> [KeyWrap] {
        var wraps: [KeyWrap] = []
        for device in devices { wraps.append(KeyWrap(device: device.id, sealed: try wrapping(epoch, device))) }
        return wraps
    }

    private static func signed(
        _ body: JSONValue, _ wraps: [KeyWrap], _ content: Content, after previous: Hash256?, by author: DeviceID,
        _ signing: (SignedStatement) -> [UInt8]
    ) -> MembershipRecord {
        let wraps = JSONValue.array(wraps.map(\.json))
        let signature = signing(.record(hash(hash(ofBody: body), wraps)))
        return MembershipRecord(
            body: body, wraps: wraps, signature: signature, content: content, previous: previous, author: author)
    }
}
