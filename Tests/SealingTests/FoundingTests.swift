import Causality
import Membership
import Sealing
import TestSupport
import Testing

/// A space's first keys, and their wraps.
@Suite struct FoundingTests {
    private let entry = EntryID(high: 3, low: 4)

    @Test func aFoundedSpaceIsALogThatOpens() throws {
        let device = try Device(seed: 1)
        let read = try MembershipLog(parsing: [device.founding.record.bytes])
        #expect(read == device.log)
        let keys = try SpaceKeys(of: read.epoch, in: read, openedBy: device.keys)
        #expect(keys.space == device.log.space)
        #expect(keys.epoch == device.founding.keys.epoch)
        #expect(keys.token(of: "title", in: entry) == device.founding.keys.token(of: "title", in: entry))
        let header = EditHeader(entry: entry, tokens: [FieldToken(bits: 1)], group: 1, boxHash: nil)
        var generator = SeededGenerator(seed: 5)
        let dot = Dot(ReplicaID(bits: 1), 1)
        let box = try device.founding.keys.seal([1, 2, 3], of: header, at: dot, using: &generator)
        #expect(try keys.open(box, of: header, at: dot) == [1, 2, 3])
    }

    /// Only the wrap and its hash use HPKE's own randomness.
    @Test func theSameChanceFoundsTheSameSpace() throws {
        let first = try Device(seed: 1)
        let second = try Device(seed: 1)
        guard case .genesis(let genesis, let wrap) = first.founding.record.content,
            case .genesis(let sameGenesis, let otherWrap) = second.founding.record.content
        else { return #expect(Bool(false)) }
        #expect(genesis == sameGenesis)
        #expect(first.log.space == second.log.space)
        #expect(first.log.epoch == second.log.epoch)
        let keys = (first.founding.keys, second.founding.keys)
        #expect(keys.0.token(of: "title", in: entry) == keys.1.token(of: "title", in: entry))
        #expect(wrap != otherWrap)
        #expect(first.log.head != second.log.head)
        #expect(first.log.space != (try Device(seed: 2).log.space))
    }

    @Test func nobodyElseGetsTheKeys() throws {
        let device = try Device(seed: 1)
        let stranger = try Device(seed: 2)
        let epoch = device.log.epoch
        #expect(throws: SealingError.noKeys) { try SpaceKeys(of: epoch, in: device.log, openedBy: stranger.keys) }
        #expect(throws: SealingError.noKeys) { try SpaceKeys(of: .sha256([]), in: device.log, openedBy: device.keys) }
        #expect(throws: SealingError.noKeys) { try SpaceKeys(of: epoch, in: stranger.log, openedBy: device.keys) }
    }

    @Test func everyFlippedBitOfAWrapIsRefused() throws {
        let device = try Device(seed: 1)
        let place = place(device)
        let wrap = try place.wrap(Array(0..<64))
        #expect(wrap.count == Suite.one.wrapByteCount)
        #expect(try place.unwrap(wrap, with: device.keys) == Array(0..<64))
        for flipped in wrap.flips {
            #expect(throws: SealingError.notOpened) { try place.unwrap(flipped, with: device.keys) }
        }
        for bytes in [[], Array(wrap.dropLast()), wrap + [0]] {
            #expect(throws: SealingError.notOpened) { try place.unwrap(bytes, with: device.keys) }
        }
    }

    /// A log may have valid signatures and an invalid wrap.
    @Test func aWrapThatIsNoneDoesNotOpen() throws {
        let device = try Device(seed: 1)
        guard case .genesis(let genesis, _) = device.founding.record.content else { return #expect(Bool(false)) }
        let record = MembershipRecord.genesis(genesis) { _ in
            Array(repeating: 1, count: Suite.one.wrapByteCount)
        } signing: {
            device.keys.signature(of: $0)
        }
        let log = try MembershipLog(genesis: record)
        #expect(throws: SealingError.notOpened) { try SpaceKeys(of: log.epoch, in: log, openedBy: device.keys) }
    }

    @Test func aWrapOpensAtItsPlaceOnly() throws {
        let device = try Device(seed: 1)
        let other = try Device(seed: 2)
        let base = place(device)
        let hash = Hash256.sha256([1])
        let places = [
            base,
            WrapPlace(
                suite: .one, space: other.log.space, epoch: base.epoch, recipient: base.recipient, previous: nil),
            WrapPlace(suite: .one, space: base.space, epoch: hash, recipient: base.recipient, previous: nil),
            WrapPlace(suite: .one, space: base.space, epoch: base.epoch, recipient: base.recipient, previous: hash),
            WrapPlace(
                suite: .one, space: base.space, epoch: base.epoch, recipient: base.recipient, previous: .sha256([2])),
        ]
        for (index, sealed) in places.enumerated() {
            let wrap = try sealed.wrap(Array(0..<64))
            for (opened, place) in places.enumerated() where opened != index {
                #expect(throws: SealingError.notOpened, "\(index) as \(opened)") {
                    try place.unwrap(wrap, with: device.keys)
                }
            }
            #expect(throws: SealingError.notOpened) { try sealed.unwrap(wrap, with: other.keys) }
        }
    }

    /// An attacker may give two devices one agreement key.
    @Test func aWrapNamesItsRecipientAndNotOnlyItsKey() throws {
        let device = try Device(seed: 1)
        let other = try Device(seed: 2)
        let twin = try #require(
            DeviceIdentity(
                signingKey: other.keys.identity.signingKey, agreementKey: device.keys.identity.agreementKey))
        let base = place(device)
        let forTwin = WrapPlace(
            suite: .one, space: base.space, epoch: base.epoch, recipient: twin, previous: nil)
        let wrap = try forTwin.wrap(Array(0..<64))
        #expect(throws: SealingError.notOpened) { try base.unwrap(wrap, with: device.keys) }
        #expect(throws: SealingError.notOpened) { try forTwin.unwrap(wrap, with: device.keys) }
    }

    /// With these points everybody agrees on the all-zero secret.
    ///
    /// Source: RFC 7748, section 7, and the list at cr.yp.to/ecdh.html.
    @Test(arguments: [
        String(repeating: "00", count: 32), "01" + String(repeating: "00", count: 31),
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ec" + String(repeating: "ff", count: 30) + "7f", "ed" + String(repeating: "ff", count: 30) + "7f",
        "ee" + String(repeating: "ff", count: 30) + "7f", String(repeating: "00", count: 31) + "80",
    ])
    func nothingIsSealedToAKeyThatIsNone(_ hex: String) throws {
        let device = try Device(seed: 1)
        let digits = Array(hex.utf8)
        let key = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        let recipient = try #require(
            DeviceIdentity(signingKey: device.keys.identity.signingKey, agreementKey: key))
        let base = place(device)
        let place = WrapPlace(
            suite: .one, space: base.space, epoch: base.epoch, recipient: recipient, previous: nil)
        #expect(throws: SealingError.unusableKey) { try place.wrap(Array(0..<64)) }
    }

    private func place(_ device: Device) -> WrapPlace {
        WrapPlace(
            suite: .one, space: device.log.space, epoch: device.log.epoch, recipient: device.keys.identity,
            previous: nil)
    }
}
