import Causality

/// Checks of short words by bytes and scalars, so that the result does not depend on the version of Unicode tables.
public enum Words {
    /// Whether it is a valid tag: no white space, no ASCII capital, no comma, no slash at its ends.
    public static func isTag(_ word: String) -> Bool {
        isFeeling(word)
            && word.utf8.allSatisfy { byte in
                byte != UInt8(ascii: " ") && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            }
    }

    /// Whether it is a valid feeling: one line of up to 64 scalars without commas and control characters.
    public static func isFeeling(_ word: String) -> Bool {
        !word.isEmpty && word.unicodeScalars.prefix(RecordLimits.wordLengthMax + 1).count <= RecordLimits.wordLengthMax
            && word.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ",") }
            && !hasOuterSpace(word)
            && !word.unicodeScalars.contains { 0x80...0x9F ~= $0.value || 0x2028...0x2029 ~= $0.value }
    }

    /// Whether it has the form of an id: 26 lower-case characters of Crockford's base32.
    public static func isID(_ text: String) -> Bool { EntryID(text)?.description == text }

    private static func hasOuterSpace(_ word: String) -> Bool {
        word.utf8.first == UInt8(ascii: " ") || word.utf8.last == UInt8(ascii: " ")
    }
}
