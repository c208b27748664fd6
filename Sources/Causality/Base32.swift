/// Base32 in lower case without padding, for bytes that people type.
///
/// Source: RFC 4648, section 6.
package enum Base32 {
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    package static func text(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var bitCount = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 5 {
                bitCount -= 5
                text.append(alphabet[Int(bits >> bitCount & 31)])
            }
        }
        if bitCount > 0 { text.append(alphabet[Int(bits << (5 - bitCount) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Decodes base32 text in either case; `nil` if it is not the encoding of whole bytes.
    package static func bytes(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var bitCount = 0
        for character in text {
            switch character {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): bits = bits << 5 | UInt32(character - UInt8(ascii: "a"))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): bits = bits << 5 | UInt32(character - UInt8(ascii: "A"))
            case UInt8(ascii: "2")...UInt8(ascii: "7"): bits = bits << 5 | UInt32(character - UInt8(ascii: "2") + 26)
            default: return nil
            }
            bitCount += 5
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        // Refuses a surplus character and set bits past the last byte.
        guard bitCount < 5, bits & (1 << bitCount - 1) == 0 else { return nil }
        return bytes
    }

    /// Splits text into groups of five characters joined by hyphens, for reading aloud.
    package static func grouped(_ text: String) -> String {
        let characters = Array(text.utf8)
        return stride(from: 0, to: characters.count, by: groupLength)
            .map { String(decoding: characters[$0..<min($0 + groupLength, characters.count)], as: UTF8.self) }
            .joined(separator: "-")
    }

    private static let groupLength = 5
}

/// Crockford's base32 alphabet, without i, l, o and u, for ids that are read aloud.
/// Source: Douglas Crockford, "Base 32".
public enum CrockfordBase32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// The character of a value below 32.
    static func character(of value: UInt8) -> UInt8 { alphabet[Int(value)] }

    /// The value of a character as people type it: either case, o for 0, i and l for 1.
    public static func value(of character: UInt8) -> UInt8? {
        switch character | 0x20 {
        case UInt8(ascii: "o"): return 0
        case UInt8(ascii: "i"), UInt8(ascii: "l"): return 1
        case let lower:
            // Digits have bit 0x20 set already; a character that `| 0x20` turned into a digit must not count.
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower)
            return alphabet.firstIndex(of: isLetter ? lower : character).map { UInt8($0) }
        }
    }
}

// MARK: - Hex digits

extension UInt64 {
    /// Sixteen lower-case hex digits.
    package var hex16: String {
        String(unsafeUninitializedCapacity: 16) { digits in
            for place in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: self >> UInt64(60 - 4 * place) & 15)
                digits[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return 16
        }
    }

    /// Reads exactly sixteen lower-case hex digits; anything else is `nil`.
    package init?(hex16 text: some StringProtocol) { self.init(hex16: text.utf8) }

    /// Reads exactly sixteen lower-case hex digits in ASCII; anything else is `nil`.
    // Inlinable so that other modules specialize it: it reads every token and id on the wire.
    @inlinable
    package init?(hex16 digits: some Collection<UInt8>) {
        guard digits.count == 16 else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        self = value
    }
}
