import CanonicalJSON
import Causality
import Records

/// The forms in which names and clocks stand in columns. They never leave the file.
extension ReplicaID {
    var column: [UInt8] {
        var bytes = CanonicalBytes()
        bytes.append(bits)
        return bytes.bytes
    }

    init?(column bytes: [UInt8]) {
        guard bytes.count == 8 else { return nil }
        self.init(bits: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }
}

extension ReplicaOrigin {
    var column: [UInt8] { deviceKey + nonce }

    init?(column bytes: [UInt8]) {
        self.init(
            deviceKey: Array(bytes.prefix(Self.deviceKeyByteCount)),
            nonce: Array(bytes.dropFirst(Self.deviceKeyByteCount)))
    }
}

extension FieldToken {
    /// The bits in the type that a column has.
    var column: Int64 { Int64(bitPattern: bits) }

    init(column: Int64) { self.init(bits: UInt64(bitPattern: column)) }
}

/// Lists of fixed-size things.
enum ColumnList {
    static func bytes(_ tokens: [FieldToken]) -> [UInt8] {
        var bytes = CanonicalBytes()
        for token in tokens { bytes.append(token.bits) }
        return bytes.bytes
    }

    static func bytes(_ dots: [Dot]) -> [UInt8] {
        var bytes = CanonicalBytes()
        for dot in dots { bytes.append(dot) }
        return bytes.bytes
    }

    static func tokens(_ bytes: [UInt8]) -> [FieldToken] { words(bytes).map { FieldToken(bits: $0) } }

    static func dots(_ bytes: [UInt8]) -> [Dot] {
        let words = words(bytes)
        return stride(from: 0, to: words.count - 1, by: 2).map {
            Dot(ReplicaID(bits: words[$0]), Int(truncatingIfNeeded: words[$0 + 1]))
        }
    }

    private static func words(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, through: bytes.count - 8, by: 8).map { start in
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

extension JSONValue {
    /// A cell's value; `null` for a text that this version did not write.
    init(column text: String) { self = (try? JSONValue(parsing: Array(text.utf8))) ?? .null }
}
