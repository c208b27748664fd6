/// Text compared, ordered and hashed by its UTF-8 bytes, never normalised.
///
/// Swift's `String` treats canonically equivalent spellings as equal, and takes quadratic time to compare strings
/// that alternate combining marks. A peer's 250 KB key must neither stall the reader nor equal another key, so text
/// from outside is compared as `Text`.
///
///     Text("\u{e9}") == Text("e\u{301}")  // false; as String it is true
public struct Text: Hashable, Comparable, Sendable {
    /// The text itself, in native UTF-8 storage.
    public let string: String

    /// Makes a text of exactly these scalars, without normalization.
    public init(_ string: String) {
        var native = string
        native.makeContiguousUTF8()
        self.string = native
    }

    /// Whether both are the same bytes.
    public static func == (left: Text, right: Text) -> Bool {
        left.withBytes { left in
            right.withBytes { right in
                left.count == right.count && commonPrefixCount(left, right) == left.count
            }
        }
    }

    /// Whether the bytes of `left` come first, compared as unsigned numbers.
    public static func < (left: Text, right: Text) -> Bool {
        left.withBytes { left in
            right.withBytes { right in
                let common = commonPrefixCount(left, right)
                if common < left.count, common < right.count { return left[common] < right[common] }
                return left.count < right.count
            }
        }
    }

    /// Hashes the bytes, then their count, so that adjacent texts stay distinct.
    public func hash(into hasher: inout Hasher) {
        withBytes { bytes in
            hasher.combine(bytes: bytes)
            hasher.combine(bytes.count)
        }
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = string.utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) {
            return result
        }
        // `init` made the storage contiguous; should a platform disagree, a copy is correct, if slow.
        return Array(string.utf8).withUnsafeBytes(body)
    }
}

extension Text: CustomStringConvertible, ExpressibleByStringInterpolation {
    /// The text itself.
    public var description: String { string }

    /// Makes a text of a literal.
    public init(stringLiteral string: String) {
        self.init(string)
    }
}

/// The length of the common prefix, compared eight bytes at a time.
private func commonPrefixCount(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let shorterCount = min(left.count, right.count)
    var index = 0
    while shorterCount - index >= 8 {
        let difference =
            left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            ^ right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        if difference != 0 { return index + UInt64(littleEndian: difference).trailingZeroBitCount / 8 }
        index += 8
    }
    while index < shorterCount, left[index] == right[index] { index += 1 }
    return index
}
