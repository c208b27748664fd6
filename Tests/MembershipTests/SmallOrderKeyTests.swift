import CanonicalJSON
import Causality
import Membership
import TestSupport
import Testing

/// Keys for which one signature is valid for many messages.
@Suite struct SmallOrderKeyTests {
    /// Both signs of each of the seven.
    static let keys: [[UInt8]] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ].flatMap { text in
        let digits = Array(text)
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
        return [bytes, Array(bytes.dropLast()) + [bytes[31] | 0x80]]
    }

    private let agreementKey = [UInt8](repeating: 9, count: 32)
    /// The neutral point as R, and 0 as S.
    private let signature: [UInt8] = [1] + [UInt8](repeating: 0, count: 63)

    @Test(arguments: keys) func noDeviceHasOne(_ key: [UInt8]) {
        #expect(key.count == 32)
        #expect(DeviceIdentity(signingKey: key, agreementKey: agreementKey) == nil)
        for bit in 0..<255 {
            var other = key
            other[bit / 8] ^= 1 << (bit % 8)
            guard !Self.keys.contains(other) else { continue }
            #expect(DeviceIdentity(signingKey: other, agreementKey: agreementKey) != nil, "bit \(bit)")
        }
    }

    /// The reason to refuse such keys. For keys that are the only encoding of a point, one signature is valid for at
    /// least each eighth statement, and for the neutral point for all.
    @Test(arguments: [0, 1, 2, 4, 5, 6, 7, 8]) func oneSignatureIsOfManyStatements(_ index: Int) throws {
        let device = Defence.$down.withValue([.refusesSmallOrder]) {
            DeviceIdentity(signingKey: Self.keys[index], agreementKey: agreementKey)
        }
        let thief = try #require(device)
        let good = (0..<256).count(where: { number in
            SignedStatement.batch(feedHash: .sha256([UInt8(number)])).isSigned(by: thief, signature)
        })
        #expect(good > 12 && (index != 2 || good == 256), "\(good) of 256")
    }

    @Test func nobodyFoundsASpaceWithOne() throws {
        let founder = try Founder(seed: 1)
        let key = Self.keys[2]
        let stranger = Defence.$down.withValue([.refusesSmallOrder]) {
            DeviceIdentity(signingKey: key, agreementKey: agreementKey)
        }
        let device = try #require(stranger)
        let body = founder.body.with("device", ["sign": .bytes(key), "agree": .bytes(agreementKey)])
        let wraps: JSONValue = [["to": .id(device.id), "key": .bytes(Array(repeating: 9, count: 112))]]
        var record = try founder.record(body, wraps: wraps)
        record["signature"] = .bytes(signature)
        #expect(throws: MembershipError.self) { try MembershipLog(parsing: [record.bytes]) }
        Defence.$down.withValue([.refusesSmallOrder]) {
            #expect(throws: Never.self) { try MembershipLog(parsing: [record.bytes]) }
        }
    }
}
