/// Normalizes text typed on keyboards of any script, where ASCII digits and letters are meant.
package enum TypedText {
    /// Replaces the decimal digits of every script by 0 to 9, and full-width letters and signs by ASCII.
    package static func plain(_ text: some StringProtocol) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return String(text) }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { plain.append(self.plain(scalar)) }
        return String(plain)
    }

    static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII { return scalar }
        // U+FF01 to U+FF5E are in the order of U+0021 to U+007E.
        if (0xFF01...0xFF5E).contains(scalar.value) { return Unicode.Scalar(UInt8(scalar.value - 0xFEE0)) }
        guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue,
            let digit = UInt8(exactly: value), digit < 10
        else { return scalar }
        return Unicode.Scalar(UInt8(ascii: "0") + digit)
    }
}

/// Base32 text as people type it or copy it from a mail.
///
/// White space, line breaks, invisible characters, hyphens and dashes of every kind, quotes, brackets and other
/// punctuation are ignored, and so is case. The alphabet has neither 0 nor 1, so a 0 is read as o, and a 1 as l or i:
/// the caller's checksum decides which.
package struct TypedBase32 {
    /// The significant characters in lower case; 0xFF for a character without an ASCII equivalent.
    package private(set) var characters: [UInt8] = []

    /// Is `nil` for more than `scalarsMax` scalars.
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

    /// Decodes the characters from `start` on, if exactly one reading of the 1s satisfies `isRight`.
    ///
    /// - Parameter isRight: whether these bytes are valid, such as by a checksum; called at most 1,024 times.
    package func bytes(from start: Int = 0, where isRight: ([UInt8]) -> Bool) -> [UInt8]? {
        var characters = self.characters.dropFirst(start).map { $0 == UInt8(ascii: "0") ? UInt8(ascii: "o") : $0 }
        let ones = characters.indices.filter { characters[$0] == UInt8(ascii: "1") }
        // With more, all are read alike: a checksum of two bytes cannot choose among thousands of readings.
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

    /// Up to this count, each 1 is tried as l and as i independently.
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
