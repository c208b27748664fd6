import CanonicalJSON
import Causality

/// Decoding of the protocol's values. Each has one spelling; any other gives `nil`.
extension LineValue {
    /// Bytes in base64url without padding.
    var byteText: [UInt8]? { text.flatMap { Base64URL.bytes($0) } }

    /// At most `max` bytes.
    func byteText(max: Int) -> [UInt8]? {
        // The length is checked before decoding: four characters for three bytes.
        guard let text, text.count <= (max * 4 + 2) / 3 else { return nil }
        return byteText
    }

    var hash: Hash256? { byteText(max: Hash256.byteCount).flatMap { Hash256($0) } }

    /// Sixteen lower-case hex digits.
    var hex: UInt64? { text.flatMap { UInt64(hex16: $0) } }

    var replica: ReplicaID? { hex.map { ReplicaID(bits: $0) } }
    var fieldToken: FieldToken? { hex.map { FieldToken(bits: $0) } }

    /// 26 characters of Crockford's base32, without the look-alikes that people may type.
    var entry: EntryID? {
        guard let text, text.count == EntryID.textLength else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, character) in text.enumerated() {
            switch character {
            case UInt8(ascii: "i"), UInt8(ascii: "l"), UInt8(ascii: "o"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                return nil
            case _:
                // 26 characters carry 130 bits, so the first may only have three.
                guard let digit = CrockfordBase32.value(of: character), index > 0 || digit < 8 else { return nil }
                high = high << 5 | low >> 59
                low = low << 5 | UInt64(digit)
            }
        }
        return EntryID(high: high, low: low)
    }

    var space: SpaceID? { entry.map { SpaceID(bits: $0) } }

    /// `[replica, n]`.
    var dot: Dot? {
        guard let (replica, n) = pair, let replica = replica.replica, let n = n.integer(in: 1...Dot.nMax) else {
            return nil
        }
        return Dot(replica, n)
    }

    /// `[replica, n, hash]`.
    var lineEnd: LineEnd? {
        guard let (replica, n, hash) = triple, let replica = replica.replica, let n = n.integer(in: 1...Dot.nMax),
            let hash = hash.hash
        else { return nil }
        return LineEnd(Dot(replica, n), hash)
    }

    /// Tips, ascending by replica.
    var clock: Frontier? {
        elements(max: WireLimits.clockRowsMax, { $0.lineEnd }).flatMap { Frontier(ascending: $0) }
    }

    /// `[least, greatest]`.
    var versions: VersionRange? {
        guard let (least, greatest) = pair, let least = least.integer(in: 1...WireLimits.integerMax),
            let greatest = greatest.integer(in: 1...WireLimits.integerMax)
        else { return nil }
        return VersionRange(least, greatest)
    }

    // MARK: Members

    /// The value of a member, or `nil` if it is missing; throws if it cannot be read.
    func optional<Value>(_ key: StaticString, _ read: (LineValue) -> Value?) throws(WireDefect) -> Value? {
        guard let member = member(key) else { return nil }
        guard let value = read(member) else { throw .malformed }
        return value
    }

    /// The value of a member; throws if it is missing or cannot be read.
    func required<Value>(_ key: StaticString, _ read: (LineValue) -> Value?) throws(WireDefect) -> Value {
        guard let value = try optional(key, read) else { throw .malformed }
        return value
    }
}
