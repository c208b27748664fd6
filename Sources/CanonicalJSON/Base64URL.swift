/// Base64url without padding; only the canonical spelling decodes.
///
/// Every box, hash and signature on the wire is coded here, so it works on whole groups of three bytes and four
/// characters, in memory that is allocated once.
///
/// Source: RFC 4648, sections 3.5 and 5.
package enum Base64URL {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    /// Marks a byte that is not in the alphabet; a value has six bits.
    private static let invalid: UInt8 = 0xFF
    private static let values = {
        var values = [UInt8](repeating: invalid, count: 256)
        for value in 0..<64 { values[Int(character(UInt32(value)))] = UInt8(value) }
        return values
    }()

    package static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the encoding of bytes, as ASCII.
    package static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        text += [UInt8](unsafeUninitializedCapacity: (bytes.count * 4 + 2) / 3) { text, count in
            var group = 0
            while bytes.count - group >= 3 {
                let bits = UInt32(bytes[group]) << 16 | UInt32(bytes[group + 1]) << 8 | UInt32(bytes[group + 2])
                text[count] = character(bits >> 18)
                text[count + 1] = character(bits >> 12)
                text[count + 2] = character(bits >> 6)
                text[count + 3] = character(bits)
                count += 4
                group += 3
            }
            // The remaining one or two bytes encode to one character more than their count.
            let rest = bytes[group...]
            guard !rest.isEmpty else { return }
            let bits = rest.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - rest.count))
            for place in 0...rest.count {
                text[count] = character(bits >> UInt32(18 - 6 * place))
                count += 1
            }
        }
    }

    /// Decodes a text; `nil` if it is not the canonical encoding of any bytes.
    package static func bytes(_ text: String) -> [UInt8]? { bytes(Array(text.utf8)[...]) }

    /// Decodes ASCII text; `nil` if it is not the canonical encoding of any bytes.
    package static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        // One surplus character has too few bits for a byte.
        guard text.count % 4 != 1 else { return nil }
        var isText = true
        let bytes = text.withUnsafeBufferPointer { text in
            values.withUnsafeBufferPointer { values in
                [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 2) { bytes, count in
                    isText = decode(text, values, &bytes, &count)
                }
            }
        }
        return isText ? bytes : nil
    }

    private static func decode(
        _ text: UnsafeBufferPointer<UInt8>, _ values: UnsafeBufferPointer<UInt8>,
        _ bytes: inout UnsafeMutableBufferPointer<UInt8>, _ count: inout Int
    ) -> Bool {
        var group = 0
        while text.count - group >= 4 {
            let (a, b) = (values[Int(text[group])], values[Int(text[group + 1])])
            let (c, d) = (values[Int(text[group + 2])], values[Int(text[group + 3])])
            guard a | b | c | d < 64 else { return false }
            let bits = UInt32(a) << 18 | UInt32(b) << 12 | UInt32(c) << 6 | UInt32(d)
            bytes[count] = UInt8(truncatingIfNeeded: bits >> 16)
            bytes[count + 1] = UInt8(truncatingIfNeeded: bits >> 8)
            bytes[count + 2] = UInt8(truncatingIfNeeded: bits)
            count += 3
            group += 4
        }
        var bits: UInt32 = 0
        var bitCount = 0
        while group < text.count {
            let value = values[Int(text[group])]
            guard value != invalid else { return false }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes[count] = UInt8(truncatingIfNeeded: bits >> UInt32(bitCount))
                count += 1
            }
            group += 1
        }
        // The unused bits of the last character must be zero.
        return bits & (1 << UInt32(bitCount) - 1) == 0
    }

    /// The character of the lowest six bits.
    private static func character(_ bits: UInt32) -> UInt8 { alphabet.utf8Start[Int(bits & 63)] }
}
