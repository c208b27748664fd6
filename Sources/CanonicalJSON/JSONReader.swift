/// A JSON parser over one input: the position, and two buffers to reuse.
///
/// An unsafe buffer does not check bounds in release builds, so every subscript in this type's files is guarded by a
/// comparison with the count.
struct JSONReader {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var position = 0

    /// The unescaped bytes of the string under way.
    var unescaped: [UInt8] = []

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

    func current() throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw JSONError(.unexpectedEnd, byteOffset: position) }
        return bytes[position]
    }

    private func unexpectedByte() -> JSONError {
        JSONError(.unexpectedByte, byteOffset: position)
    }
}
