extension JSONReader {
    /// Reads a string; `position` is at its opening quote.
    mutating func text() throws(JSONError) -> Text {
        let start = position
        position += 1
        let end = plainRunEnd(in: bytes, from: position)
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return try escapedText(start: start) }
        let body = bytes[position..<end]
        position = end + 1
        return try validated(body, start: start)
    }

    private mutating func escapedText(start: Int) throws(JSONError) -> Text {
        unescaped.removeAll(keepingCapacity: true)
        while true {
            let end = plainRunEnd(in: bytes, from: position)
            unescaped.append(contentsOf: bytes[position..<end])
            position = end
            switch try current() {
            case UInt8(ascii: "\""):
                position += 1
                // Validating once is enough: an escape yields whole scalars, so it cannot repair an invalid
                // neighbour.
                return try validated(unescaped, start: start)
            case UInt8(ascii: "\\"): try escape()
            default: throw JSONError(.controlCharacter, byteOffset: position)
            }
        }
    }

    private func validated(_ utf8: some Sequence<UInt8>, start: Int) throws(JSONError) -> Text {
        guard let string = String(validating: utf8, as: UTF8.self) else {
            throw JSONError(.invalidUTF8, byteOffset: start)
        }
        return Text(string)
    }

    private mutating func escape() throws(JSONError) {
        let start = position
        position += 1
        let byte = try current()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0c)
        case UInt8(ascii: "n"): unescaped.append(0x0a)
        case UInt8(ascii: "r"): unescaped.append(0x0d)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): unescaped.append(contentsOf: try scalar(start: start).utf8)
        default: throw JSONError(.invalidEscape, byteOffset: start)
        }
    }

    private mutating func scalar(start: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try codeUnit(start: start)
        if let scalar = Unicode.Scalar(first) { return scalar }
        // Only surrogates are not scalars; a leading one must be followed by a trailing one.
        guard UTF16.isLeadSurrogate(first), try current() == UInt8(ascii: "\\") else {
            throw JSONError(.loneSurrogate, byteOffset: start)
        }
        let secondStart = position
        position += 1
        guard try current() == UInt8(ascii: "u") else { throw JSONError(.loneSurrogate, byteOffset: start) }
        position += 1
        let second = try codeUnit(start: secondStart)
        guard UTF16.isTrailSurrogate(second) else { throw JSONError(.loneSurrogate, byteOffset: start) }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func codeUnit(start: Int) throws(JSONError) -> UInt16 {
        var codeUnit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = hexDigitValue(try current()) else {
                throw JSONError(.invalidEscape, byteOffset: start)
            }
            codeUnit = codeUnit << 4 | digit
            position += 1
        }
        return codeUnit
    }
}

private func hexDigitValue(_ byte: UInt8) -> UInt16? {
    if isDigit(byte) { return UInt16(byte - UInt8(ascii: "0")) }
    let lowerCase = byte | 0x20
    guard (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(lowerCase) else { return nil }
    return UInt16(lowerCase - UInt8(ascii: "a")) + 10
}
