import CanonicalJSON
import Causality

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
