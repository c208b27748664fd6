/// The tokenizer of one line: JSON of a restricted form.
///
/// Only the bytes 0x20 to 0x7E without a backslash, so a text has one spelling. The grammar of RFC 8259 with numbers
/// `0|[1-9][0-9]*` up to ``WireLimits/integerMax``; at most ``WireLimits/depthMax`` nested objects and arrays; at
/// most ``WireLimits/keysPerObjectMax`` unique keys in an object, each of 1 to ``WireLimits/keyLengthMax`` bytes. One
/// pass without recursion: time and memory are linear in the line, since a key is compared with a bounded number of
/// others.
///
/// Everything is read from its tokens, so no second parser can understand a line differently.
package struct LineScan {
    private enum Expected {
        case value, valueOrClose, key, keyOrClose, colon, commaOrClose, end
    }

    /// An object or array that is not closed yet.
    private struct Open {
        let token: Int
        let isObject: Bool
        /// The index of its first key in ``LineScan/keys``.
        let firstKey: Int
    }

    private struct Key {
        /// The first eight bytes, which tell most keys apart.
        let word: UInt64
        let start: Int
        let end: Int
    }

    /// Does not check bounds in release builds, so every subscript is guarded by a comparison with the count.
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var tokens: [LineToken] = []
    private var open: [Open] = []
    private var keys: [Key] = []

    /// Tokenizes a line without its newline.
    ///
    /// - Throws: ``WireDefect/malformed``.
    static func value(of bytes: [UInt8]) throws(WireDefect) -> LineValue {
        // Through a Result, since the standard library rethrows untyped here.
        let tokens = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(WireDefect) in
                var scan = LineScan(bytes: bytes)
                try scan.run()
                return scan.tokens
            }
        }
        return LineValue(bytes: bytes, tokens: try tokens.get(), index: 0)
    }

    /// Whether a line without its newline can be tokenized.
    package static func passes(_ bytes: [UInt8]) -> Bool { (try? value(of: bytes)) != nil }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        tokens.reserveCapacity(min(64, bytes.count))
    }

    private mutating func run() throws(WireDefect) {
        // Tokens hold offsets as 32-bit numbers; the line limit is far below that.
        guard bytes.count <= Int(Int32.max) else { throw .malformed }
        var expected = Expected.value
        while true {
            while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
            guard position < bytes.count else {
                guard expected == .end else { throw .malformed }
                return
            }
            expected = try step(bytes[position], expected)
        }
    }

    private mutating func step(_ byte: UInt8, _ expected: Expected) throws(WireDefect) -> Expected {
        switch expected {
        case .valueOrClose where byte == UInt8(ascii: "]"), .keyOrClose where byte == UInt8(ascii: "}"):
            return close()
        case .value, .valueOrClose:
            return try value(byte)
        case .key, .keyOrClose:
            guard byte == UInt8(ascii: "\"") else { throw .malformed }
            try key()
            return .colon
        case .colon:
            guard byte == UInt8(ascii: ":") else { throw .malformed }
            position += 1
            return .value
        case .commaOrClose:
            guard let container = open.last else { throw .malformed }
            if byte == UInt8(ascii: ",") {
                position += 1
                return container.isObject ? .key : .value
            }
            guard byte == (container.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw .malformed }
            return close()
        case .end:
            throw .malformed
        }
    }

    private var afterValue: Expected { open.isEmpty ? .end : .commaOrClose }

    private mutating func value(_ byte: UInt8) throws(WireDefect) -> Expected {
        switch byte {
        case UInt8(ascii: "\""): try text()
        case UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < WireLimits.depthMax else { throw .malformed }
            let isObject = byte == UInt8(ascii: "{")
            open.append(Open(token: tokens.count, isObject: isObject, firstKey: keys.count))
            append(isObject ? .object : .array, position, position + 1)
            position += 1
            return isObject ? .keyOrClose : .valueOrClose
        case UInt8(ascii: "t"): try literal("true", .yes)
        case UInt8(ascii: "f"): try literal("false", .no)
        case UInt8(ascii: "n"): try literal("null", .null)
        case _: throw .malformed
        }
        return afterValue
    }

    private mutating func close() -> Expected {
        position += 1
        if let container = open.popLast() {
            tokens[container.token].next = Int32(tokens.count)
            keys.removeLast(keys.count - container.firstKey)
        }
        return afterValue
    }

    private mutating func append(_ kind: LineToken.Kind, _ start: Int, _ end: Int) {
        tokens.append(LineToken(kind: kind, start: Int32(start), end: Int32(end), next: Int32(tokens.count + 1)))
    }

    private mutating func text() throws(WireDefect) {
        let start = position + 1
        var index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            guard bytes[index] >= 0x20, bytes[index] <= 0x7E, bytes[index] != UInt8(ascii: "\\") else {
                throw .malformed
            }
            index += 1
        }
        guard index < bytes.count else { throw .malformed }
        append(.text, start, index)
        position = index + 1
    }

    private mutating func key() throws(WireDefect) {
        let start = position + 1
        try text()
        let end = position - 1
        guard let object = open.last, keys.count - object.firstKey < WireLimits.keysPerObjectMax,
            (1...WireLimits.keyLengthMax).contains(end - start)
        else { throw .malformed }
        let word = bytes[start..<min(end, start + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        for other in keys[object.firstKey...] where other.word == word && other.end - other.start == end - start {
            guard !bytes[other.start..<other.end].elementsEqual(bytes[start..<end]) else { throw .malformed }
        }
        keys.append(Key(word: word, start: start, end: end))
    }

    private mutating func number() throws(WireDefect) {
        let start = position
        var value = 0
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            // A leading zero.
            guard position == start || value > 0 else { throw .malformed }
            value = value * 10 + Int(bytes[position] - UInt8(ascii: "0"))
            guard value <= WireLimits.integerMax else { throw .malformed }
            position += 1
        }
        append(.integer, start, position)
    }

    private mutating func literal(_ name: StaticString, _ kind: LineToken.Kind) throws(WireDefect) {
        let end = position + name.utf8CodeUnitCount
        guard end <= bytes.count, name.equals(UnsafeBufferPointer(rebasing: bytes[position..<end])) else {
            throw .malformed
        }
        append(kind, position, end)
        position = end
    }
}
