package import CanonicalJSON
package import Causality

extension JSONObject {
    /// A member that is so many bytes in base64url.
    package func bytes(_ key: Text, count: Int) -> [UInt8]? {
        guard let bytes = self[key]?.asText.flatMap(Base64URL.bytes), bytes.count == count else { return nil }
        return bytes
    }

    /// A member that is a hash in base64url.
    package func hash(_ key: Text) -> Hash256? {
        bytes(key, count: Hash256.byteCount).flatMap { Hash256($0) }
    }

    /// A member that is an id in its one spelling.
    package func id<ID: ID128>(_ key: Text, _: ID.Type = ID.self) -> ID? {
        guard let text = self[key]?.asText, let id = ID(text), id.description == text else { return nil }
        return id
    }

    /// A member that is an integer in these bounds.
    package func integer(_ key: Text, in bounds: ClosedRange<Int>) -> Int? {
        guard let integer = self[key]?.asInteger, bounds.contains(integer) else { return nil }
        return integer
    }
}

extension JSONValue {
    /// Bytes in base64url.
    package static func bytes(_ bytes: [UInt8]) -> JSONValue { .text(Text(Base64URL.text(bytes))) }

    /// An id in its one spelling.
    package static func id(_ id: some ID128) -> JSONValue { .text(Text(id.description)) }
}
