import CanonicalJSON
import Causality

/// The destination of lines: one implementation stores the bytes, the other counts them, so that both agree.
protocol LineSink {
    /// Writes bytes as they are.
    mutating func put(_ part: StaticString)
    /// Writes a non-negative number.
    mutating func put(_ number: Int)
    /// Writes a quoted text that needs no escape.
    mutating func put(text: String)
    /// Writes bytes in base64url, in quotes.
    mutating func put(_ bytes: [UInt8])
    mutating func put(_ hash: Hash256)
    /// Writes a 128-bit id.
    mutating func put(_ name: EntryID)
    /// Writes sixteen hex digits.
    mutating func put(hex: UInt64)
}

struct ByteSink: LineSink {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func put(_ part: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: part.utf8Start, count: part.utf8CodeUnitCount))
    }

    mutating func put(_ number: Int) { bytes.append(contentsOf: String(number).utf8) }

    mutating func put(text: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func put(_ content: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        Base64URL.append(content, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func put(_ hash: Hash256) { put(hash.bytes) }
    mutating func put(_ name: EntryID) { put(text: name.description) }

    mutating func put(hex: UInt64) { put(text: hex.hex16) }
}

struct LengthSink: LineSink {
    private static let quotes = 2

    private(set) var length = 0

    mutating func put(_ part: StaticString) { length += part.utf8CodeUnitCount }

    mutating func put(_ number: Int) {
        var rest = number
        repeat {
            length += 1
            rest /= 10
        } while rest > 0
    }

    mutating func put(text: String) { length += text.utf8.count + Self.quotes }
    mutating func put(_ bytes: [UInt8]) { length += Self.base64Length(of: bytes.count) + Self.quotes }
    mutating func put(_ hash: Hash256) { length += Self.base64Length(of: Hash256.byteCount) + Self.quotes }
    mutating func put(_ name: EntryID) { length += EntryID.textLength + Self.quotes }
    mutating func put(hex: UInt64) { length += 16 + Self.quotes }

    /// Four characters for three bytes, without padding.
    private static func base64Length(of byteCount: Int) -> Int { (byteCount * 4 + 2) / 3 }
}

extension LineSink {
    mutating func put(_ dot: Dot) {
        put("[")
        put(hex: dot.replica.bits)
        put(",")
        put(dot.n)
        put("]")
    }

    mutating func put(_ end: Tip) {
        put("[")
        put(hex: end.dot.replica.bits)
        put(",")
        put(end.dot.n)
        put(",")
        put(end.hash)
        put("]")
    }

    mutating func put<Element>(_ elements: [Element], _ element: (inout Self, Element) -> Void) {
        put("[")
        for (index, each) in elements.enumerated() {
            if index > 0 { put(",") }
            element(&self, each)
        }
        put("]")
    }
}
