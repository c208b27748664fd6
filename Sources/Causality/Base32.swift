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
