/// Words whose full stop does not end a sentence.
enum Abbreviation {
    // Exact bytes, in the usual case: "No. 5" is an abbreviation and "I said no." is not. Letters separated by full
    // stops ("e.g", "z.B", "d.h", "U.S") need no entry.
    private static let words: [[UInt8]] = [
        "Mr", "Mrs", "Ms", "Mx", "Dr", "St", "Prof", "Rev", "Hon", "Gen", "Col", "Capt", "Lt", "Sgt", "Jr", "Sr",
        "No", "Nos", "Vol", "Fig", "fig", "vs", "etc", "cf", "al", "approx", "resp", "Inc", "Ltd", "Co", "Corp",
        "Jan", "Feb", "Aug", "Sept", "Oct", "Nov", "Dec",
        "bzw", "usw", "usf", "ca", "Nr", "Hr", "Fr", "Hrn", "Frl", "evtl", "ggf", "inkl", "exkl", "vgl", "Vgl", "Str",
        "Tel", "Abs", "Bd", "Dipl", "Ing", "Mio", "Mrd", "Sog", "sog", "geb", "gest", "Jh", "Min", "Std", "Okt", "Dez",
    ].map { Array($0.utf8) }

    /// Longer words are not looked up.
    private static let wordBytesMax = 16

    /// Whether the word before a full stop is an abbreviation, an initial or a number of one or two digits.
    ///
    /// Such numbers begin lists and are German dates: "am 3. Mai".
    static func ends(at stop: Int, in bytes: [UInt8]) -> Bool {
        guard let word = word(before: stop, in: bytes), let first = word.first else { return false }
        if words.contains(where: { $0[...] == word }) { return true }
        if word.allSatisfy(\.isDigit) { return word.count <= 2 }
        if word.count == 2, first >= 0xC0, word.dropFirst().allSatisfy(\.continuesScalar) { return true }
        // "J", "J.R", "e.g": letters and full stops in turn.
        for (index, byte) in word.enumerated() {
            guard index % 2 == 0 ? byte.isLetter : byte == UInt8(ascii: ".") else { return false }
        }
        return true
    }

    private static func word(before stop: Int, in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var start = stop
        while start > 0, !bounds(bytes, before: start) {
            start -= 1
            if stop - start > wordBytesMax { return nil }
        }
        // An apostrophe inside a word is part of it ("don't." is no initial), but not one that opens it.
        return bytes[start..<stop].drop { $0 == UInt8(ascii: "'") }
    }

    /// Whether a word begins at an index, by the bytes before it.
    private static func bounds(_ bytes: [UInt8], before index: Int) -> Bool {
        let byte = bytes[index - 1]
        if byte < 0x80 {
            return !(byte.isLetter || byte.isDigit || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "'"))
        }
        // General punctuation, such as quotes and dashes, except the apostrophe ’; and «.
        if index >= 3, bytes[index - 3] == 0xE2, bytes[index - 2] == 0x80 { return byte != 0x99 }
        return index >= 2 && bytes[index - 2] == 0xC2 && byte == 0xAB
    }
}
