/// What people type on keyboards of any script, where digits and letters of ASCII are meant.
package enum TypedText {
    /// The text with the digits of every script as 0 to 9, and with full-width letters and signs as those of ASCII.
    package static func plain(_ text: some StringProtocol) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return String(text) }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { plain.append(self.plain(scalar)) }
        return String(plain)
    }

    static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII { return scalar }
        // U+FF01 to U+FF5E stand in the order of U+0021 to U+007E.
        if (0xFF01...0xFF5E).contains(scalar.value) { return Unicode.Scalar(UInt8(scalar.value - 0xFEE0)) }
        guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue,
            let digit = UInt8(exactly: value), digit < 10
        else { return scalar }
        return Unicode.Scalar(UInt8(ascii: "0") + digit)
    }
}

/// Base32 as people type it, or as it comes out of a mail.
///
/// White space, line breaks, marks that nobody sees, hyphens and dashes of every kind, quotes, brackets and other
/// punctuation count for nothing, nor does the case. The alphabet has neither 0 nor 1, so a 0 is an o, and a 1 is an
/// l or an i: whoever has a checksum says which.
package struct TypedBase32 {
    /// The characters that count, in lower case; what none of ASCII is meant by is a 0xFF.
    package private(set) var characters: [UInt8] = []

    /// Is `nil` for more scalars than that.
    package init?(_ text: some StringProtocol, scalarsMax: Int) {
        var count = 0
        for typed in text.unicodeScalars {
            count += 1
            if count > scalarsMax { return nil }
            let scalar = TypedText.plain(typed)
            if Self.isPassedOver(scalar) { continue }
            characters.append(scalar.isASCII ? UInt8(ascii: scalar) | 0x20 : 0xFF)
        }
    }

    /// The bytes that the characters from one on spell, if there is one reading of them that is right.
    ///
    /// - Parameter isRight: whether these are the bytes; asked a thousand times at most.
    package func bytes(from start: Int = 0, where isRight: ([UInt8]) -> Bool) -> [UInt8]? {
        var characters = self.characters.dropFirst(start).map { $0 == UInt8(ascii: "0") ? UInt8(ascii: "o") : $0 }
        let ones = characters.indices.filter { characters[$0] == UInt8(ascii: "1") }
        // Of more, all are the one or all the other: a checksum of two bytes cannot choose among thousands.
        let readings = ones.count <= Self.onesMax ? Array(0..<(1 << ones.count)) : [0, -1]
        var found: [UInt8]?
        for reading in readings {
            for (bit, index) in ones.enumerated() {
                characters[index] = reading >> bit & 1 == 0 ? UInt8(ascii: "l") : UInt8(ascii: "i")
            }
            guard let bytes = Base32.bytes(characters), isRight(bytes) else { continue }
            if found != nil { return nil }
            found = bytes
        }
        return found
    }

    /// Up to so many each 1 is looked at by itself.
    private static let onesMax = 10

    private static func isPassedOver(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isWhitespace { return true }
        return switch scalar.properties.generalCategory {
        case .control, .format, .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .modifierSymbol:
            true
        default: false
        }
    }
}
