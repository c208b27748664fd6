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
