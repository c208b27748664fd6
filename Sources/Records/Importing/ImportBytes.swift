/// Decodes the bytes of a file that another program or a shell redirection wrote.
enum ImportBytes {
    /// UTF-8 without a byte order mark: Notepad writes one, and PowerShell writes UTF-16.
    ///
    /// An unpaired surrogate becomes its JSON escape, which ``replaceOddEscapes(in:)`` handles.
    static func utf8(_ bytes: some Collection<UInt8>) throws(ImportProblem) -> [UInt8] {
        var bytes = Array(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let order = order(bytes) else { return bytes }
        guard bytes.count % 2 == 0 else {
            throw ImportProblem(.shape("is UTF-16 and ends in the middle of a character"))
        }
        var units = stride(from: 0, to: bytes.count, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return order == .big ? first << 8 | second : second << 8 | first
        }[...]
        if units.first == 0xFEFF { units.removeFirst() }
        var utf8: [UInt8] = []
        utf8.reserveCapacity(units.count)
        while let unit = units.popFirst() {
            if let scalar = Unicode.Scalar(unit) {
                if let encoded = UTF8.encode(scalar) { utf8.append(contentsOf: encoded) }
            } else if UTF16.isLeadSurrogate(unit), let trail = units.first, UTF16.isTrailSurrogate(trail) {
                units.removeFirst()
                let scalar = UTF16.decode(UTF16.EncodedScalar([unit, trail]))
                if let encoded = UTF8.encode(scalar) { utf8.append(contentsOf: encoded) }
            } else {
                utf8.append(contentsOf: "\\u\(String(unit, radix: 16))".utf8)
            }
        }
        return utf8
    }

    private enum Order { case big, little }

    /// By the byte order mark or, since JSON begins with an ASCII character, by the position of the first zero byte.
    private static func order(_ bytes: [UInt8]) -> Order? {
        guard bytes.count >= 2 else { return nil }
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0xFF): return .big
        case (0xFF, 0xFE): return .little
        case (0, 1...0x7F): return .big
        case (1...0x7F, 0): return .little
        default: return nil
        }
    }

    /// Replaces JSON escapes of unpaired surrogates and of NUL, which our texts cannot contain, by U+FFFD.
    ///
    /// - Returns: their offsets, ascending.
    static func replaceOddEscapes(in bytes: inout [UInt8]) -> [Int] {
        var offsets: [Int] = []
        var index = 0
        while let backslash = bytes[index...].firstIndex(of: UInt8(ascii: "\\")) {
            guard let unit = escapedUnit(at: backslash, in: bytes) else {
                index = min(backslash + 2, bytes.count)
                continue
            }
            index = backslash + 6
            if UTF16.isLeadSurrogate(unit), let trail = escapedUnit(at: index, in: bytes), UTF16.isTrailSurrogate(trail)
            {
                index += 6
            } else if unit == 0 || Unicode.Scalar(unit) == nil {
                bytes.replaceSubrange(backslash + 2..<index, with: "fffd".utf8)
                offsets.append(backslash)
            }
        }
        return offsets
    }

    /// The code unit of an escape `\uXXXX`.
    private static func escapedUnit(at index: Int, in bytes: [UInt8]) -> UInt16? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
        else { return nil }
        let digits = bytes[index + 2..<index + 6]
        guard digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// The line number of an offset, counted from 1.
    static func line(at offset: Int, in bytes: [UInt8]) -> Int {
        1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
    }

    /// The numbers of the entries of jrnl's list that contain these ascending offsets; counted from 1, 0 for none.
    ///
    /// Scans only quotes and brackets, so that it also locates errors in invalid JSON.
    static func entries(at offsets: [Int], in bytes: [UInt8]) -> [Int] {
        var numbers: [Int] = []
        var (depth, listDepth, number) = (0, 0, 0)
        var isExpected = false
        var lastText = 0..<0
        var index = 0
        while numbers.count < offsets.count, index < bytes.count {
            if listDepth > 0, depth == listDepth, isExpected, isValueStart(bytes[index]) {
                number += 1
                isExpected = false
            }
            let start = index
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                lastText = start..<min(index + 1, bytes.count)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if listDepth == 0, depth == 2, bytes[index] == UInt8(ascii: "["),
                    bytes[lastText].elementsEqual(entriesKey)
                {
                    listDepth = depth
                    isExpected = true
                }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth < listDepth { listDepth = Int.max }
            case UInt8(ascii: ","): if depth == listDepth { isExpected = true }
            default: break
            }
            index += 1
            while numbers.count < offsets.count, offsets[numbers.count] < index {
                numbers.append(listDepth == 0 || depth < listDepth ? 0 : number)
            }
        }
        let isInside = listDepth > 0 && depth >= listDepth
        return numbers + Array(repeating: isInside ? number : 0, count: offsets.count - numbers.count)
    }

    private static let entriesKey = Array("\"entries\"".utf8)

    private static func isValueStart(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "]")
    }
}
