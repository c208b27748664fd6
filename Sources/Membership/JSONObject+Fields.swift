package import CanonicalJSON
package import Causality

extension JSONObject {
    /// A member that is a hash in base64url.
    package func hash(_ key: Text) -> Hash256? {
        bytes(key, count: Hash256.byteCount).flatMap { Hash256($0) }
    }

    /// A member that is an id in its one spelling.
    package func id<ID: ID128>(_ key: Text, _: ID.Type = ID.self) -> ID? {
        guard let text = self[key]?.asText, let id = ID(text), id.description == text else { return nil }
        return id
    }
}

extension JSONValue {
    /// An id in its one spelling.
    package static func id(_ id: some ID128) -> JSONValue { .text(Text(id.description)) }
}
