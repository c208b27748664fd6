extension JSONObject {
    /// A member that is bytes in base64url.
    package func bytes(_ key: Text) -> [UInt8]? { self[key]?.asText.flatMap(Base64URL.bytes) }

    /// A member that is so many bytes in base64url.
    package func bytes(_ key: Text, count: Int) -> [UInt8]? {
        guard let bytes = bytes(key), bytes.count == count else { return nil }
        return bytes
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
}
