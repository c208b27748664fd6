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

    var isObject: Bool { token.kind == .object }
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
    var pair: (LineValue, LineValue)? {
        guard let elements = elements(max: 2, { $0 }), elements.count == 2 else { return nil }
        return (elements[0], elements[1])
    }

    /// The elements of an array of exactly three.
    var triple: (LineValue, LineValue, LineValue)? {
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
