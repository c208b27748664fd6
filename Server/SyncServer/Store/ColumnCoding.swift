import Causality
import GRDB
import SQLiteFile

/// The forms in which names and clocks stand in columns. They never leave the file.
extension ReplicaID {
    var column: [UInt8] {
        var bytes = CanonicalBytes()
        bytes.append(bits)
        return bytes.bytes
    }

    init(column bytes: [UInt8]) throws {
        guard bytes.count == 8 else { throw StoreDamage("a replica") }
        self.init(bits: ColumnList.words(bytes)[0])
    }
}

extension ReplicaOrigin {
    var column: [UInt8] { deviceKey + nonce }

    init(column bytes: [UInt8]) throws {
        let key = Array(bytes.prefix(Self.deviceKeyByteCount))
        guard let origin = ReplicaOrigin(deviceKey: key, nonce: Array(bytes.dropFirst(key.count))) else {
            throw StoreDamage("an origin")
        }
        self = origin
    }
}

extension Hash256 {
    init(column bytes: [UInt8]) throws {
        guard let hash = Hash256(bytes) else { throw StoreDamage("a hash") }
        self = hash
    }
}

extension FieldToken {
    /// SQLite's integers have a sign.
    var column: Int64 { Int64(bitPattern: bits) }
}

/// Lists of things of one size.
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

    static func bytes(_ ends: [LineEnd]) -> [UInt8] {
        var bytes = CanonicalBytes()
        for end in ends {
            bytes.append(end.dot)
            bytes.append(end.hash)
        }
        return bytes.bytes
    }

    static func tokens(_ bytes: [UInt8]) -> [FieldToken] { words(bytes).map { FieldToken(bits: $0) } }

    static func dots(_ bytes: [UInt8]) -> [Dot] {
        let words = words(bytes)
        return stride(from: 0, to: words.count - 1, by: 2).map { dot(words[$0], words[$0 + 1]) }
    }

    static func ends(_ bytes: [UInt8]) throws -> [LineEnd] {
        let length = 16 + Hash256.byteCount
        return try stride(from: 0, through: bytes.count - length, by: length).map { start in
            let words = words(bytes[start..<start + 16])
            return LineEnd(dot(words[0], words[1]), try Hash256(column: Array(bytes[start + 16..<start + length])))
        }
    }

    static func words(_ bytes: some RandomAccessCollection<UInt8>) -> [UInt64] {
        var words: [UInt64] = []
        words.reserveCapacity(bytes.count / 8)
        var word: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            if index % 8 == 7 { words.append(word) }
        }
        return words
    }

    private static func dot(_ replica: UInt64, _ n: UInt64) -> Dot {
        Dot(ReplicaID(bits: replica), Int(truncatingIfNeeded: n))
    }
}
