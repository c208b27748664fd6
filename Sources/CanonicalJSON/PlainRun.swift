/// The end of a run of bytes that need no escape in a JSON string.
///
/// Returns the index of the first quote, backslash or control character at `start` or after it, or the count. Both
/// reader and writer use it; most journal text is such runs, so it tests eight bytes at a time.
func plainRunEnd(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let raw = UnsafeRawBufferPointer(bytes)
    var index = start
    while bytes.count - index >= 8 {
        let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        // The lowest bit found is exact; a borrow can only spoil bytes above it.
        let found =
            bytesBelow(0x20, in: word) | bytesBelow(1, in: word ^ everyByte(UInt8(ascii: "\"")))
            | bytesBelow(1, in: word ^ everyByte(UInt8(ascii: "\\")))
        if found != 0 { return index + found.trailingZeroBitCount / 8 }
        index += 8
    }
    while index < bytes.count, bytes[index] >= 0x20, bytes[index] != UInt8(ascii: "\""),
        bytes[index] != UInt8(ascii: "\\")
    {
        index += 1
    }
    return index
}

private func everyByte(_ byte: UInt8) -> UInt64 {
    0x0101_0101_0101_0101 * UInt64(byte)
}

/// Sets the top bit of each byte below a limit of at most 128.
private func bytesBelow(_ limit: UInt8, in word: UInt64) -> UInt64 {
    (word &- everyByte(limit)) & ~word & everyByte(0x80)
}
