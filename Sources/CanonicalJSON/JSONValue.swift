/// A JSON value with one spelling: equal values write the same bytes.
///
/// Read one with ``init(parsing:limits:)``, write it with
/// ``canonicalBytes()``. Reading what was written gives the same value back,
/// with two exceptions a caller can only make by hand: a `.real` that should
/// have been an `.integer` (use ``number(_:)``), and a `.real` that is not
/// finite, which cannot be written at all.
///
/// Comparing, hashing, writing and freeing a value recurse once a level. The
/// reader bounds the levels of what it reads; code that nests values by hand
/// bounds its own.
public enum JSONValue: Hashable, Sendable {
    /// The literal `null`.
    case null
    /// The literal `true` or `false`.
    case bool(Bool)
    /// A number whose canonical text is an integer that fits `Int`.
    case integer(Int)
    /// Any other number; finite wherever the reader made it.
    case real(Double)
    /// A string.
    case text(Text)
    /// An array, in its order.
    case array([JSONValue])
    /// An object, its members sorted by key.
    case object(JSONObject)

    /// The value that reading this number's canonical text would give.
    ///
    /// Below 2^53 that is the integer itself. From there to 2^63 ECMAScript
    /// writes the shortest digits and pads them with zeros, so the integer is
    /// the padded one: 1234567890123456768.0 is `1234567890123456800`, the
    /// same double. Without this rule a value would change its case between
    /// writing and reading. Negative zero is zero.
    public static func number(_ value: Double) -> JSONValue {
        guard value.magnitude < 0x1p63, value == value.rounded(.towardZero) else { return .real(value) }
        if value.magnitude < 0x1p53 { return .integer(Int(value)) }
        guard let integer = Int(String(decoding: CanonicalNumber(value).bytes, as: UTF8.self)) else {
            return .real(value)
        }
        return .integer(integer)
    }
}

// MARK: - Access

extension JSONValue {
    /// The string, if this is one.
    public var asText: String? {
        if case .text(let text) = self { text.string } else { nil }
    }

    /// The integer, if this is one; `nil` for every other number.
    public var asInteger: Int? {
        if case .integer(let integer) = self { integer } else { nil }
    }

    /// The boolean, if this is one.
    public var asBool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// The elements, if this is an array.
    public var asArray: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members, if this is an object.
    public var asObject: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The value of a member, if this is an object with that key.
    public subscript(key: Text) -> JSONValue? { asObject?[key] }
}

// There is no nil literal: `value = nil` could be read as JSON null or as an absent member.

extension JSONValue: ExpressibleByStringLiteral {
    /// Makes a string of a literal.
    public init(stringLiteral string: String) {
        self = .text(Text(string))
    }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    /// Makes an integer of a literal.
    public init(integerLiteral integer: Int) {
        self = .integer(integer)
    }
}

extension JSONValue: ExpressibleByBooleanLiteral {
    /// Makes a truth value of a literal.
    public init(booleanLiteral bool: Bool) {
        self = .bool(bool)
    }
}

extension JSONValue: ExpressibleByArrayLiteral {
    /// Makes an array of a literal.
    public init(arrayLiteral elements: JSONValue...) {
        self = .array(elements)
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    /// Makes an object of a literal; a repeated key is a programmer's mistake and traps.
    public init(dictionaryLiteral members: (Text, JSONValue)...) {
        self = .object(JSONObject(literal: members))
    }
}

// MARK: - Reading

extension JSONValue {
    /// Parses bytes that are exactly one JSON value.
    ///
    /// Strict RFC 8259: white space may surround the value and nothing else
    /// may. Beyond the grammar it refuses what two readers could understand
    /// differently: repeated keys, lone surrogates, text that is not UTF-8, a
    /// byte order mark, numbers beyond a double. A number too small for a
    /// double is rounded to zero. Numbers come out as ``number(_:)`` says,
    /// save that an integer that fits `Int` keeps every digit.
    ///
    /// Storage that is contiguous (`[UInt8]`, its slices, unsafe buffers,
    /// `String.UTF8View`) is read in place, anything else from a copy.
    ///
    /// - Throws: ``JSONError``, whose offset counts from the first of `bytes`.
    public init(parsing bytes: some Collection<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        // Through a Result, since the standard library rethrows untyped here.
        let result =
            bytes.withContiguousStorageIfAvailable { Self.read($0, limits: limits) }
            ?? Array(bytes).withUnsafeBufferPointer { Self.read($0, limits: limits) }
        self = try result.get()
    }

    private static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits
    ) -> Result<JSONValue, JSONError> {
        Result { () throws(JSONError) in
            var reader = JSONReader(bytes: bytes, limits: limits)
            return try reader.document()
        }
    }
}

// MARK: - Writing

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
