/// A JSON parser over one input: the position, and two buffers to reuse.
///
/// An unsafe buffer does not check bounds in release builds, so every subscript in this type's files is guarded by a
/// comparison with the count.
struct JSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    private var position = 0

    /// The unescaped bytes of the string under way.
    private var unescaped: [UInt8] = []

    /// The offset of each key of the open objects; one stack for all of them.
    private var keyOffsets: [Int] = []

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws(JSONError) -> JSONValue {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { throw JSONError(.byteOrderMark, byteOffset: 0) }
        skipWhiteSpace()
        let value = try value(inside: 0)
        skipWhiteSpace()
        guard position == bytes.count else { throw JSONError(.trailingBytes, byteOffset: position) }
        return value
    }

    private mutating func value(inside depth: Int) throws(JSONError) -> JSONValue {
        switch try current() {
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: throw unexpectedByte()
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        try open(depth: depth)
        var elements: [JSONValue] = []
        if try current() == UInt8(ascii: "]") {
            position += 1
            return elements
        }
        repeat {
            skipWhiteSpace()
            elements.append(try value(inside: depth))
        } while try another(before: UInt8(ascii: "]"))
        return elements
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        try open(depth: depth)
        var members: [JSONObject.Member] = []
        if try current() == UInt8(ascii: "}") {
            position += 1
            return JSONObject(sortedMembers: members)
        }
        let firstKey = keyOffsets.count
        var isAscending = true
        repeat {
            skipWhiteSpace()
            guard try current() == UInt8(ascii: "\"") else { throw unexpectedByte() }
            keyOffsets.append(position)
            let key = try text()
            skipWhiteSpace()
            guard try current() == UInt8(ascii: ":") else { throw unexpectedByte() }
            position += 1
            skipWhiteSpace()
            let value = try value(inside: depth)
            if isAscending, let last = members.last { isAscending = last.key < key }
            members.append(JSONObject.Member(key: key, value: value))
        } while try another(before: UInt8(ascii: "}"))
        // Our own writer sorts keys, so most objects are in order already, which also proves their keys unique.
        if !isAscending { members = try sorted(members, keyOffsets: keyOffsets[firstKey...]) }
        keyOffsets.removeLast(keyOffsets.count - firstKey)
        return JSONObject(sortedMembers: members)
    }

    /// Sorts by key, which makes finding repeated keys cheap for any number of members.
    private func sorted(
        _ members: [JSONObject.Member], keyOffsets: ArraySlice<Int>
    ) throws(JSONError) -> [JSONObject.Member] {
        let order = members.indices.sorted { members[$0].key < members[$1].key }
        let repeated = zip(order, order.dropFirst()).filter { members[$0].key == members[$1].key }
        if let first = repeated.map({ max($0, $1) }).min() {
            throw JSONError(.duplicateKey, byteOffset: keyOffsets[keyOffsets.startIndex + first])
        }
        return order.map { members[$0] }
    }

    private mutating func open(depth: Int) throws(JSONError) {
        guard depth <= limits.depthMax else { throw JSONError(.tooDeep, byteOffset: position) }
        position += 1
        skipWhiteSpace()
    }

    /// Skips a comma or the closing byte; returns whether it was the comma.
    private mutating func another(before closing: UInt8) throws(JSONError) -> Bool {
        skipWhiteSpace()
        let byte = try current()
        guard byte == UInt8(ascii: ",") || byte == closing else { throw unexpectedByte() }
        position += 1
        return byte != closing
    }

    private mutating func literal(_ name: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<name.utf8CodeUnitCount {
            guard try current() == name.utf8Start[index] else { throw unexpectedByte() }
            position += 1
        }
        return value
    }

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    private func current() throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw JSONError(.unexpectedEnd, byteOffset: position) }
        return bytes[position]
    }

    private func unexpectedByte() -> JSONError {
        JSONError(.unexpectedByte, byteOffset: position)
    }
}

// MARK: - Number

extension JSONReader {
    /// Reads a number; `position` is at its minus sign or first digit.
    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        var decimal = Decimal()
        if bytes[position] == UInt8(ascii: "-") {
            decimal.isNegative = true
            position += 1
        }
        if try current() == UInt8(ascii: "0") {
            position += 1
            if let byte = peek(), isDigit(byte) { throw JSONError(.invalidNumber, byteOffset: position) }
        } else {
            try digits { decimal.append($0) }
        }
        let isInteger = try !fractionAndExponent(of: &decimal)
        if isInteger, let integer = decimal.integer { return .integer(integer) }
        // The exact fast path covers most numbers; the standard library rounds the others correctly.
        let lexeme = bytes[start..<position]
        guard let double = decimal.double ?? Double(String(decoding: lexeme, as: UTF8.self)), double.isFinite else {
            throw JSONError(.numberOutOfRange, byteOffset: start)
        }
        return .number(double)
    }

    /// Returns whether there was a fraction or an exponent.
    private mutating func fractionAndExponent(of decimal: inout Decimal) throws(JSONError) -> Bool {
        let start = position
        if peek() == UInt8(ascii: ".") {
            position += 1
            let first = position
            try digits { decimal.append($0) }
            decimal.exponent -= position - first
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            let sign = try current()
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            var exponent = 0
            // The bound keeps clear of overflow, and above what the digits of any input could compensate.
            try digits { exponent = min(exponent * 10 + Int($0), 1 << 55) }
            decimal.exponent += sign == UInt8(ascii: "-") ? -exponent : exponent
        }
        return position != start
    }

    /// Reads one digit or more.
    private mutating func digits(_ body: (UInt8) -> Void) throws(JSONError) {
        guard isDigit(try current()) else { throw JSONError(.invalidNumber, byteOffset: position) }
        while let byte = peek(), isDigit(byte) {
            body(byte - UInt8(ascii: "0"))
            position += 1
        }
    }

    private func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }
}

func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

/// The digits of a number without its point, and the power of ten that restores the point.
private struct Decimal {
    var isNegative = false
    var exponent = 0
    private var magnitude: UInt64 = 0
    private var significantDigitCount = 0

    mutating func append(_ digit: UInt8) {
        if significantDigitCount > 0 || digit != 0 { significantDigitCount += 1 }
        // Nineteen digits always fit; with more, the magnitude is not used.
        if significantDigitCount <= 19 { magnitude = magnitude * 10 + UInt64(digit) }
    }

    var integer: Int? {
        guard significantDigitCount <= 19 else { return nil }
        return isNegative ? Int(exactly: -Int128(magnitude)) : Int(exactly: magnitude)
    }

    /// The value, if one rounding gives it: both operands are exact doubles (Clinger 1990).
    var double: Double? {
        guard significantDigitCount <= 19, magnitude <= 1 << 53, exponent.magnitude < powersOfTen.count else {
            return nil
        }
        let power = powersOfTen[Int(exponent.magnitude)]
        let value = exponent < 0 ? Double(magnitude) / power : Double(magnitude) * power
        return isNegative ? -value : value
    }
}

/// Every power of ten that a double holds exactly.
private let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]

// MARK: - Text

extension JSONReader {
    /// Reads a string; `position` is at its opening quote.
    private mutating func text() throws(JSONError) -> Text {
        let start = position
        position += 1
        let end = plainRunEnd(in: bytes, from: position)
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return try escapedText(start: start) }
        let body = bytes[position..<end]
        position = end + 1
        return try validated(body, start: start)
    }

    private mutating func escapedText(start: Int) throws(JSONError) -> Text {
        unescaped.removeAll(keepingCapacity: true)
        while true {
            let end = plainRunEnd(in: bytes, from: position)
            unescaped.append(contentsOf: bytes[position..<end])
            position = end
            switch try current() {
            case UInt8(ascii: "\""):
                position += 1
                // Validating once is enough: an escape yields whole scalars, so it cannot repair an invalid
                // neighbour.
                return try validated(unescaped, start: start)
            case UInt8(ascii: "\\"): try escape()
            default: throw JSONError(.controlCharacter, byteOffset: position)
            }
        }
    }

    private func validated(_ utf8: some Sequence<UInt8>, start: Int) throws(JSONError) -> Text {
        guard let string = String(validating: utf8, as: UTF8.self) else {
            throw JSONError(.invalidUTF8, byteOffset: start)
        }
        return Text(string)
    }

    private mutating func escape() throws(JSONError) {
        let start = position
        position += 1
        let byte = try current()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0c)
        case UInt8(ascii: "n"): unescaped.append(0x0a)
        case UInt8(ascii: "r"): unescaped.append(0x0d)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): unescaped.append(contentsOf: try scalar(start: start).utf8)
        default: throw JSONError(.invalidEscape, byteOffset: start)
        }
    }

    private mutating func scalar(start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit(start: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        // Only surrogates are not scalars; a leading one must be followed by a trailing one.
        guard UTF16.isLeadSurrogate(first), try current() == UInt8(ascii: "\\") else {
            throw JSONError(.loneSurrogate, byteOffset: start)
        }
        let secondStart = position
        position += 1
        guard try current() == UInt8(ascii: "u") else { throw JSONError(.loneSurrogate, byteOffset: start) }
        position += 1
        let second = try codeUnit(start: secondStart)
        guard UTF16.isTrailSurrogate(second) else { throw JSONError(.loneSurrogate, byteOffset: start) }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func codeUnit(start: Int) throws(JSONError) -> UInt16 {
        var codeUnit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = hexDigitValue(try current()) else {
                throw JSONError(.invalidEscape, byteOffset: start)
            }
            codeUnit = codeUnit << 4 | digit
            position += 1
        }
        return codeUnit
    }
}

private func hexDigitValue(_ byte: UInt8) -> UInt16? {
    if isDigit(byte) { return UInt16(byte - UInt8(ascii: "0")) }
    let lowerCase = byte | 0x20
    guard (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(lowerCase) else { return nil }
    return UInt16(lowerCase - UInt8(ascii: "a")) + 10
}

/// The end of a run of bytes that need no escape in a JSON string.
///
/// Returns the index of the first quote, backslash or control character at `start` or after it, or the count. Both
/// reader and writer use it; most journal text is such runs, so it tests eight bytes at a time.
func plainRunEnd(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let raw = UnsafeRawBufferPointer(bytes)
    var index = start
    while bytes.count - index >= 8 {
        let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        // The lowest bit found is exact; a borrow can only spoil bytes above it.
        let found =
            bytesBelow(0x20, in: word) | bytesBelow(1, in: word ^ everyByte(UInt8(ascii: "\"")))
            | bytesBelow(1, in: word ^ everyByte(UInt8(ascii: "\\")))
        if found != 0 { return index + found.trailingZeroBitCount / 8 }
        index += 8
    }
    while index < bytes.count, bytes[index] >= 0x20, bytes[index] != UInt8(ascii: "\""),
        bytes[index] != UInt8(ascii: "\\")
    {
        index += 1
    }
    return index
}

private func everyByte(_ byte: UInt8) -> UInt64 {
    0x0101_0101_0101_0101 * UInt64(byte)
}

/// Sets the top bit of each byte below a limit of at most 128.
private func bytesBelow(_ limit: UInt8, in word: UInt64) -> UInt64 {
    (word &- everyByte(limit)) & ~word & everyByte(0x80)
}
