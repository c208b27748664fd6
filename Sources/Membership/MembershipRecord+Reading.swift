import CanonicalJSON
import Causality

extension MembershipRecord {
    /// Reads a record from anybody's bytes.
    ///
    /// - Throws: ``MembershipError/tooLong``, ``MembershipError/malformed``,
    ///   ``MembershipError/notCanonical`` or ``MembershipError/unknownSuite(_:)``.
    public init(parsing bytes: [UInt8]) throws(MembershipError) {
        guard bytes.count <= MembershipLimits.recordLengthMax else { throw .tooLong }
        // What the wire lets through; without a backslash, a text is its own spelling.
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else { throw .malformed }
        guard let json = try? JSONValue(parsing: bytes, limits: JSONLimits(depthMax: MembershipLimits.depthMax)),
            let object = json.asObject, object.count == 3, let body = object["body"], let members = body.asObject,
            let wraps = object["wraps"], let wrapped = wraps.asArray,
            let signature = object.bytes("signature", count: SignedStatement.signatureByteCount),
            let kind = members["kind"]?.asText, Self.isKind(kind)
        else { throw .malformed }
        guard json.canonicalBytes() == bytes else { throw .notCanonical }
        switch kind {
        case Genesis.kind:
            let genesis = try Genesis(members)
            guard genesis.json == body, wrapped.count == 1, let wrap = KeyWrap(wrapped[0], genesis.suite),
                wrap.device == genesis.device.id
            else { throw .malformed }
            self.init(
                body: body, wraps: wraps, signature: signature, content: .genesis(genesis, wrap), previous: nil,
                author: genesis.device.id)
        case _:
            guard let previous = members.hash("previous"), let author = members.id("by", DeviceID.self) else {
                throw .malformed
            }
            self.init(
                body: body, wraps: wraps, signature: signature, content: .unknown(kind: kind), previous: previous,
                author: author)
        }
    }

    private static func isKind(_ text: String) -> Bool {
        (1...MembershipLimits.kindLengthMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") }
    }
}
