extension JSONObject {
    /// The bytes of a base64url member; `nil` if there is none.
    package func bytes(_ key: Text) -> [UInt8]? { self[key]?.asText.flatMap(Base64URL.bytes) }

    /// The bytes of a base64url member with exactly `count` bytes; otherwise `nil`.
    package func bytes(_ key: Text, count: Int) -> [UInt8]? {
        guard let bytes = bytes(key), bytes.count == count else { return nil }
        return bytes
    }

    /// The value of an integer member within these bounds; otherwise `nil`.
    package func integer(_ key: Text, in bounds: ClosedRange<Int>) -> Int? {
        guard let integer = self[key]?.asInteger, bounds.contains(integer) else { return nil }
        return integer
    }
}

extension JSONValue {
    /// A string value with these bytes in base64url.
    package static func bytes(_ bytes: [UInt8]) -> JSONValue { .text(Text(Base64URL.text(bytes))) }
}
