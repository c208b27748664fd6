/// Byte encodings of ids and clocks in the SQLite columns of replica and server stores. They never leave the file.
extension ReplicaID {
    package var column: [UInt8] {
        var bytes = CanonicalBytes()
        bytes.append(bits)
        return bytes.bytes
    }

    /// Is `nil` unless there are 8 bytes.
    package init?(column bytes: [UInt8]) {
        guard bytes.count == 8 else { return nil }
        self.init(bits: ColumnList.words(bytes[...])[0])
    }
}

extension ReplicaOrigin {
    package var column: [UInt8] { deviceKey + nonce }

    /// Is `nil` unless the bytes are a whole key and nonce.
    package init?(column bytes: [UInt8]) {
        self.init(
            deviceKey: Array(bytes.prefix(Self.deviceKeyByteCount)),
            nonce: Array(bytes.dropFirst(Self.deviceKeyByteCount)))
    }
}

extension FieldToken {
    /// The same bits as a signed integer, as SQLite has no unsigned ones.
    package var column: Int64 { Int64(bitPattern: bits) }

    package init(column: Int64) { self.init(bits: UInt64(bitPattern: column)) }
}

/// Lists of fixed-size elements, concatenated. Trailing bytes that do not fill an element are ignored.
package enum ColumnList {
    package static func bytes(_ tokens: [FieldToken]) -> [UInt8] {
        var bytes = CanonicalBytes()
        for token in tokens { bytes.append(token.bits) }
        return bytes.bytes
    }

    package static func bytes(_ dots: [Dot]) -> [UInt8] {
        var bytes = CanonicalBytes()
        for dot in dots { bytes.append(dot) }
        return bytes.bytes
    }

    package static func bytes(_ ends: [Tip]) -> [UInt8] {
        var bytes = CanonicalBytes()
        for end in ends {
            bytes.append(end.dot)
            bytes.append(end.hash)
        }
        return bytes.bytes
    }

    package static func tokens(_ bytes: [UInt8]) -> [FieldToken] { words(bytes[...]).map { FieldToken(bits: $0) } }

    package static func dots(_ bytes: [UInt8]) -> [Dot] {
        let words = words(bytes[...])
        return stride(from: 0, to: words.count - 1, by: 2).map { dot(words[$0], words[$0 + 1]) }
    }

    package static func ends(_ bytes: [UInt8]) -> [Tip] {
        let length = 16 + Hash256.byteCount
        return bytes.withUnsafeBytes { buffer in
            stride(from: 0, through: buffer.count - length, by: length).map { start in
                // The stride leaves a whole element after each start.
                func word(_ index: Int) -> UInt64 {
                    UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: start + 8 * index, as: UInt64.self))
                }
                return Tip(dot(word(0), word(1)), Hash256(words: (word(2), word(3), word(4), word(5))))
            }
        }
    }

    fileprivate static func words(_ bytes: ArraySlice<UInt8>) -> [UInt64] {
        stride(from: bytes.startIndex, through: bytes.endIndex - 8, by: 8).map { start in
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private static func dot(_ replica: UInt64, _ n: UInt64) -> Dot {
        Dot(ReplicaID(bits: replica), Int(truncatingIfNeeded: n))
    }
}
