extension JSONValue {
    /// The one spelling of this value, as UTF-8.
    ///
    /// RFC 8785 (JCS) with two differences. Keys are sorted by their UTF-8
    /// bytes, where JCS sorts by UTF-16 code units; the two differ only where
    /// a scalar beyond U+FFFF meets one from U+E000 to U+FFFF. An integer
    /// beyond 2^53 keeps its digits, where JCS would round it to a double.
    ///
    /// - Precondition: no `.real` inside is infinite or not a number.
    public func canonicalBytes() -> [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    /// ``canonicalBytes()`` as a string.
    public var canonicalText: String {
        String(decoding: canonicalBytes(), as: UTF8.self)
    }

    /// Appends ``canonicalBytes()`` to a buffer.
    public func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let bool): bytes.append(contentsOf: (bool ? "true" : "false").utf8)
        case .integer(let integer): bytes.append(contentsOf: String(integer).utf8)
        case .real(let double): bytes.append(contentsOf: CanonicalNumber(double).bytes)
        case .text(let text): text.append(to: &bytes)
        case .array(let elements): Self.append(elements, to: &bytes)
        case .object(let object): Self.append(object, to: &bytes)
        }
    }

    private static func append(_ elements: [JSONValue], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            element.append(to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func append(_ object: JSONObject, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for member in object.members {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            member.key.append(to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            member.value.append(to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension Text {
    /// Appends the string literal, escaping only what JSON cannot hold bare.
    fileprivate func append(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        withBytes { raw in
            let source = raw.assumingMemoryBound(to: UInt8.self)
            var start = 0
            while true {
                let end = plainRunEnd(in: source, from: start)
                bytes.append(contentsOf: source[start..<end])
                guard end < source.count else { break }
                Self.appendEscape(of: source[end], to: &bytes)
                start = end + 1
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0c: bytes.append(UInt8(ascii: "f"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case 0x00..<0x20:
            bytes.append(contentsOf: (byte < 0x10 ? "u000" : "u00").utf8)
            bytes.append(contentsOf: String(byte, radix: 16).utf8)
        default: bytes.append(byte)
        }
    }
}
