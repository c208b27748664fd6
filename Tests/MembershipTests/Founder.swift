import CanonicalJSON
import Causality
import Crypto
import Membership
import TestSupport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writes valid and invalid records, with hashes computed independently.
struct Founder {
    let identity: DeviceIdentity
    private let key: Curve25519.Signing.PrivateKey

    init(seed: Int) throws {
        var generator = SeededGenerator(seed: seed)
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        guard let identity = DeviceIdentity(signingKey: Array(key.publicKey.rawRepresentation), agreementKey: bytes)
        else { preconditionFailure("32 bytes each") }
        self.identity = identity
    }

    /// A valid genesis body, for tests to modify.
    var body: JSONObject {
        [
            "kind": "genesis", "suite": 1, "batch": 1, "nonce": .bytes(Array(repeating: 7, count: 16)),
            "person": .id(PersonID(bits: EntryID(high: 1, low: 2))),
            "device": ["sign": .bytes(identity.signingKey), "agree": .bytes(identity.agreementKey)],
        ]
    }

    /// A valid wrap of keys that nobody has.
    var wrap: JSONObject { ["to": .id(identity.id), "key": .bytes(Array(repeating: 9, count: 112))] }

    /// A body of an unknown kind.
    func later(_ kind: Text, after head: Hash256) -> JSONObject {
        ["kind": .text(kind), "previous": .bytes(head.bytes), "by": .id(identity.id), "news": [1, 2, 3]]
    }

    func record(_ body: JSONObject, wraps: JSONValue) throws -> JSONObject {
        var bodyBytes = CanonicalBytes(label: "between record body 1")
        bodyBytes.append(JSONValue.object(body).canonicalBytes())
        var bytes = CanonicalBytes(label: "between record 1")
        bytes.append(Hash256.sha256(bodyBytes.bytes))
        bytes.append(wraps.canonicalBytes())
        let signature = try signature(of: .record(.sha256(bytes.bytes)))
        return ["body": .object(body), "wraps": wraps, "signature": .bytes(signature)]
    }

    func genesis() throws -> JSONObject { try record(body, wraps: [.object(wrap)]) }

    func signature(of statement: SignedStatement) throws -> [UInt8] { Array(try key.signature(for: statement.bytes)) }
}

extension JSONObject {
    var bytes: [UInt8] { JSONValue.object(self).canonicalBytes() }

    /// This object with one member set, or without it.
    func with(_ key: Text, _ value: JSONValue?) -> JSONObject {
        var object = self
        object[key] = value
        return object
    }
}

/// The error that a body throws.
func error(of body: () throws(MembershipError) -> Void) -> MembershipError? {
    do { try body() } catch { return error }
    return nil
}
