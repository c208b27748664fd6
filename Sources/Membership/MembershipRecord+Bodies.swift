import CanonicalJSON
import Causality

/// The canonical body of each kind, which is written, and compared with what is read.
extension MembershipRecord {
    static let addKind = "add"
    static let removeKind = "remove"
    static let rotateKind = "rotate"
    static let leaveKind = "leave"
    static let raiseKind = "raise"

    static func addBody(_ member: MembershipLog.Member, after previous: Hash256, by author: DeviceID) -> JSONValue {
        var body: JSONObject = [
            "kind": .text(Text(addKind)), "previous": .bytes(previous.bytes), "by": .id(author),
            "person": .id(member.person), "role": .text(Text(member.role.rawValue)), "device": member.device.json,
        ]
        if member.isRecovery { body["recovery"] = true }
        if let binding = member.binding { body["bound"] = binding.json }
        return .object(body)
    }

    static func removeBody(
        _ devices: [DeviceID], cut: Frontier, before: [UInt8], after previous: Hash256, by author: DeviceID
    ) -> JSONValue {
        [
            "kind": .text(Text(removeKind)), "previous": .bytes(previous.bytes), "by": .id(author),
            "devices": .array(devices.map(JSONValue.id)), "cut": EpochBeginning.json(cut), "before": .bytes(before),
        ]
    }

    static func rotateBody(
        cut: Frontier, before: [UInt8], after previous: Hash256, by author: DeviceID
    ) -> JSONValue {
        [
            "kind": .text(Text(rotateKind)), "previous": .bytes(previous.bytes), "by": .id(author),
            "cut": EpochBeginning.json(cut), "before": .bytes(before),
        ]
    }

    static func leaveBody(_ devices: [DeviceID], after previous: Hash256, by author: DeviceID) -> JSONValue {
        [
            "kind": .text(Text(leaveKind)), "previous": .bytes(previous.bytes), "by": .id(author),
            "devices": .array(devices.map(JSONValue.id)),
        ]
    }

    static func raiseBody(_ ends: Frontier, after previous: Hash256, by author: DeviceID) -> JSONValue {
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
