/// Pads content to hide its length: lengths are rounded up to steps that grow with the content.
///
/// Content, one byte 0x80, zeros up to a length that Padmé allows. Padmé keeps as many binary digits of a length as
/// its exponent has: O(log log n) bits of it leak, for at most 12 % more bytes above the minimum.
/// Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
/// Communication with PURBs", 2019, section 4; the mark is ISO/IEC 7816-4's.
package enum BoxPadding {
    /// The length of all shorter content, so that one mood looks like another.
    package static let paddedLengthMin = 32

    private static let mark: UInt8 = 0x80

    /// The padded length of content with this length, including the mark.
    package static func paddedLength(of length: Int) -> Int {
        max(padme(length + 1), paddedLengthMin)
    }

    /// The least length at or above this one that Padmé allows.
    private static func padme(_ length: Int) -> Int {
        guard length > 1 else { return length }
        let exponent = Int.bitWidth - 1 - length.leadingZeroBitCount
        let keptBitCount = Int.bitWidth - exponent.leadingZeroBitCount
        let mask = 1 << (exponent - keptBitCount) - 1
        return (length + mask) & ~mask
    }

    package static func padded(_ content: [UInt8]) -> [UInt8] {
        let length = paddedLength(of: content.count)
        return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            buffer.initialize(repeating: 0)
            content.withUnsafeBufferPointer { _ = buffer.update(fromContentsOf: $0) }
            buffer[content.count] = mark
            count = length
        }
    }

    /// Removes the padding; `nil` if it is not the canonical padding.
    package static func content(of padded: [UInt8]) -> [UInt8]? {
        guard let length = padded.lastIndex(where: { $0 != 0 }), padded[length] == mark,
            paddedLength(of: length) == padded.count
        else { return nil }
        return Array(padded[..<length])
    }
}
