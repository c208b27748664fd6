import CanonicalJSON
import Causality

/// A token of a line: its kind and its byte range.
struct LineToken {
    enum Kind: UInt8 {
        case object, array, text, integer, yes, no, null
    }

    let kind: Kind
    /// The first byte; of a text, the one after the quote.
    let start: Int32
    /// The byte after the last; of a text, the closing quote. Of an object or array, the byte after its first.
    let end: Int32
    /// The index of the token that follows this value and its content.
    var next: Int32
}

/// A decoded value of a line; only ``LineScan`` makes one.
///
/// An object's keys and values are consecutive tokens.
struct LineValue {
    private let bytes: [UInt8]
    private let tokens: [LineToken]
    private let index: Int

    init(bytes: [UInt8], tokens: [LineToken], index: Int) {
        self.bytes = bytes
        self.tokens = tokens
        self.index = index
    }

    private var token: LineToken { tokens[index] }

    private var isObject: Bool { token.kind == .object }
    var isTrue: Bool { token.kind == .yes }

    /// The bytes of a text.
    var text: ArraySlice<UInt8>? { token.kind == .text ? bytes(of: token) : nil }

    /// The value of an integer within these bounds; otherwise `nil`.
    func integer(in bounds: ClosedRange<Int>) -> Int? {
        guard token.kind == .integer else { return nil }
        let value = bytes(of: token).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return bounds.contains(value) ? value : nil
    }

    /// The elements of an array; `nil` if there are more than `max` or one cannot be read.
    func elements<Element>(max: Int, _ read: (LineValue) -> Element?) -> [Element]? {
        guard token.kind == .array else { return nil }
        var elements: [Element] = []
        var position = index + 1
        while position < token.next {
            guard elements.count < max, let element = read(at(position)) else { return nil }
            elements.append(element)
            position = Int(tokens[position].next)
        }
        return elements
    }

    /// The elements of an array of exactly two.
    private var pair: (LineValue, LineValue)? {
        guard let elements = elements(max: 2, { $0 }), elements.count == 2 else { return nil }
        return (elements[0], elements[1])
    }

    /// The elements of an array of exactly three.
    private var triple: (LineValue, LineValue, LineValue)? {
        guard let elements = elements(max: 3, { $0 }), elements.count == 3 else { return nil }
        return (elements[0], elements[1], elements[2])
    }

    /// The member of an object with this key.
    func member(_ key: StaticString) -> LineValue? {
        guard isObject else { return nil }
        var position = index + 1
        while position < token.next {
            if key.equals(bytes(of: tokens[position])) { return at(position + 1) }
            position = Int(tokens[position + 1].next)
        }
        return nil
    }

    /// Whether this is an object with no other keys than these.
    func hasOnly(_ keys: [StaticString]) -> Bool {
        guard isObject else { return false }
        var position = index + 1
        while position < token.next {
            let key = bytes(of: tokens[position])
            guard keys.contains(where: { $0.equals(key) }) else { return false }
            position = Int(tokens[position + 1].next)
        }
        return true
    }

    private func at(_ index: Int) -> LineValue { LineValue(bytes: bytes, tokens: tokens, index: index) }

    private func bytes(of token: LineToken) -> ArraySlice<UInt8> { bytes[Int(token.start)..<Int(token.end)] }
}

extension StaticString {
    func equals(_ bytes: some Collection<UInt8>) -> Bool {
        utf8CodeUnitCount == bytes.count
            && bytes.elementsEqual(UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount))
    }
}

// MARK: - Reading

/// Decoding of the protocol's values. Each has one spelling; any other gives `nil`.
extension LineValue {
    /// Bytes in base64url without padding.
    var byteText: [UInt8]? { text.flatMap { Base64URL.bytes($0) } }

    /// At most `max` bytes.
    func byteText(max: Int) -> [UInt8]? {
        // The length is checked before decoding: four characters for three bytes.
        guard let text, text.count <= (max * 4 + 2) / 3 else { return nil }
        return byteText
    }

    var hash: Hash256? { byteText(max: Hash256.byteCount).flatMap { Hash256($0) } }

    /// Sixteen lower-case hex digits.
    private var hex: UInt64? { text.flatMap { UInt64(hex16: $0) } }

    var replica: ReplicaID? { hex.map { ReplicaID(bits: $0) } }
    var fieldToken: FieldToken? { hex.map { FieldToken(bits: $0) } }

    /// 26 characters of Crockford's base32, without the look-alikes that people may type.
    var entry: EntryID? {
        guard let text, text.count == EntryID.textLength else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, character) in text.enumerated() {
            switch character {
            case UInt8(ascii: "i"), UInt8(ascii: "l"), UInt8(ascii: "o"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                return nil
            case _:
                // 26 characters carry 130 bits, so the first may only have three.
                guard let digit = CrockfordBase32.value(of: character), index > 0 || digit < 8 else { return nil }
                high = high << 5 | low >> 59
                low = low << 5 | UInt64(digit)
            }
        }
        return EntryID(high: high, low: low)
    }

    var space: SpaceID? { entry.map { SpaceID(bits: $0) } }

    /// `[replica, n]`.
    var dot: Dot? {
        guard let (replica, n) = pair, let replica = replica.replica, let n = n.integer(in: 1...Dot.nMax) else {
            return nil
        }
        return Dot(replica, n)
    }

    /// `[replica, n, hash]`.
    var tip: Tip? {
        guard let (replica, n, hash) = triple, let replica = replica.replica, let n = n.integer(in: 1...Dot.nMax),
            let hash = hash.hash
        else { return nil }
        return Tip(Dot(replica, n), hash)
    }

    /// Tips, ascending by replica.
    var clock: Frontier? {
        elements(max: WireLimits.clockRowsMax, { $0.tip }).flatMap { Frontier(ascending: $0) }
    }

    /// `[least, greatest]`.
    var versions: VersionRange? {
        guard let (least, greatest) = pair, let least = least.integer(in: 1...WireLimits.integerMax),
            let greatest = greatest.integer(in: 1...WireLimits.integerMax)
        else { return nil }
        return VersionRange(least, greatest)
    }

    // MARK: Members

    /// The value of a member, or `nil` if it is missing; throws if it cannot be read.
    func optional<Value>(_ key: StaticString, _ read: (LineValue) -> Value?) throws(WireDefect) -> Value? {
        guard let member = member(key) else { return nil }
        guard let value = read(member) else { throw .malformed }
        return value
    }

    /// The value of a member; throws if it is missing or cannot be read.
    func required<Value>(_ key: StaticString, _ read: (LineValue) -> Value?) throws(WireDefect) -> Value {
        guard let value = try optional(key, read) else { throw .malformed }
        return value
    }
}
