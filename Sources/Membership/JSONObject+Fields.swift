package import CanonicalJSON
package import Causality

extension JSONObject {
    /// The hash in a base64url member; `nil` if there is none.
    package func hash(_ key: Text) -> Hash256? {
        bytes(key, count: Hash256.byteCount).flatMap { Hash256($0) }
    }

    /// The id in a member, in its canonical spelling only; otherwise `nil`.
    package func id<ID: ID128>(_ key: Text, _: ID.Type = ID.self) -> ID? {
        guard let text = self[key]?.asText, let id = ID(text), id.description == text else { return nil }
        return id
    }
}

extension JSONValue {
    /// A string value with an id in its canonical spelling.
    package static func id(_ id: some ID128) -> JSONValue { .text(Text(id.description)) }
}
