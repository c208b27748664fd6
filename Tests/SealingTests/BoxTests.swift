import Causality
import Membership
import Sealing
import TestSupport
import Testing

@Suite struct BoxTests {
    private let header = EditHeader(
        entry: EntryID(high: 1, low: 2), tokens: [FieldToken(bits: 1), FieldToken(bits: 2)], group: 5,
        unread: [Dot(ReplicaID(bits: 9), 3)], boxHash: nil)
    private let dot = Dot(ReplicaID(bits: 7), 5)

    @Test func contentOfEveryLengthComesBack() throws {
        let keys = try Device(seed: 1).founding.keys
        var generator = SeededGenerator(seed: 2)
        let long = SealingLimits.plaintextLengthMax
        for count in Array(0...300) + [1_000, 65_535, long - 1, long] {
            // Contents that end like padding are error-prone.
            let marks = [0, 0x80].map { [UInt8](repeating: $0, count: count) }
            for content in marks + [generator.bytes(count)] {
                let box = try keys.seal(content, of: header, at: dot, using: &generator)
                #expect(box.count == BoxPadding.paddedLength(of: count) + 28)
                #expect((SealingLimits.boxLengthMin...SealingLimits.boxLengthMax).contains(box.count))
                #expect(try keys.open(box, of: header, at: dot) == content)
            }
        }
        #expect(SealingLimits.boxLengthMin == 60)
        #expect(SealingLimits.boxLengthMax == 200_732)
    }

    @Test func tooLongAContentIsNotSealed() throws {
        let keys = try Device(seed: 1).founding.keys
        var generator = SeededGenerator(seed: 2)
        let content = [UInt8](repeating: 0, count: SealingLimits.plaintextLengthMax + 1)
        #expect(throws: SealingError.tooLong) { try keys.seal(content, of: header, at: dot, using: &generator) }
    }

    /// A machine resumed twice from one snapshot draws the same random bytes, and then two contents are written.
    @Test func chanceThatRepeatsRepeatsNoNonceOfAnotherContentOrPlace() throws {
        let generator = SeededGenerator(seed: 2)
        var nonces: Set<[UInt8]> = []
        var count = 0
        func seal(_ keys: SpaceKeys, _ content: [UInt8], _ header: EditHeader, _ dot: Dot) throws -> [UInt8] {
            var same = generator
            return Array(try keys.seal(content, of: header, at: dot, using: &same).prefix(12))
        }
        for place in try places() {
            for content in [[], [1], [2], [1, 0], Array("slowly".utf8), Array("slower".utf8)] as [[UInt8]] {
                nonces.insert(try seal(place.keys, content, place.header, place.dot))
                count += 1
            }
        }
        #expect(nonces.count == count)
        let keys = try Device(seed: 1).founding.keys
        #expect(try seal(keys, [1], header, dot) == seal(keys, [1], header, dot), "it is the same box")
    }

    @Test func allElseIsOfTheContent() throws {
        let keys = try Device(seed: 1).founding.keys
        var generator = SeededGenerator(seed: 2)
        var same = generator
        let box = try keys.seal([1], of: header, at: dot, using: &generator)
        #expect(try keys.seal([1], of: header, at: dot, using: &same) == box)
        #expect(try keys.seal([1], of: header, at: dot, using: &same).prefix(12) != box.prefix(12))
    }

    @Test func everyFlippedBitIsRefused() throws {
        let keys = try Device(seed: 1).founding.keys
        var generator = SeededGenerator(seed: 2)
        let box = try keys.seal(Array("slowly".utf8), of: header, at: dot, using: &generator)
        for flipped in box.flips {
            #expect(throws: SealingError.notOpened) { try keys.open(flipped, of: header, at: dot) }
        }
        for count in 0..<box.count {
            #expect(throws: SealingError.notOpened) { try keys.open(Array(box[..<count]), of: header, at: dot) }
        }
        for bytes in [box + [0], box + box, Array(repeating: 0, count: SealingLimits.boxLengthMax + 1)] {
            #expect(throws: SealingError.notOpened) { try keys.open(bytes, of: header, at: dot) }
        }
    }

    /// Every bound value against every other, both ways.
    @Test func aBoxOpensAtItsPlaceOnly() throws {
        let places = try places()
        var generator = SeededGenerator(seed: 3)
        for (index, sealed) in places.enumerated() {
            let box = try sealed.keys.seal([1, 2, 3], of: sealed.header, at: sealed.dot, using: &generator)
            for (other, place) in places.enumerated() {
                let content = try? place.keys.open(box, of: place.header, at: place.dot)
                #expect(content == (index == other ? [1, 2, 3] : nil), "\(sealed.name) opened as \(place.name)")
            }
        }
    }

    @Test func theHashOfTheBoxIsNotBound() throws {
        let keys = try Device(seed: 1).founding.keys
        var generator = SeededGenerator(seed: 2)
        let box = try keys.seal([1], of: header, at: dot, using: &generator)
        let sealed = EditHeader(
            entry: header.entry, tokens: header.tokens, group: header.group, unread: header.unread,
            boxHash: .sha256(box))
        #expect(try keys.open(box, of: sealed, at: dot) == [1])
    }

    private struct Place {
        let name: String
        let keys: SpaceKeys
        let header: EditHeader
        let dot: Dot
    }

    private func places() throws -> [Place] {
        let secret = Array<UInt8>(0..<64)
        func keys(space: UInt64 = 1, epoch: UInt8 = 1, secret: [UInt8]) throws -> SpaceKeys {
            let space = SpaceID(bits: EntryID(high: 0, low: space))
            return try #require(SpaceKeys(suite: .one, space: space, epoch: .sha256([epoch]), secret: secret))
        }
        func header(
            entry: UInt64 = 2, tokens: [UInt64] = [1, 2], isForget: Bool = false, group: Int = 5,
            unread: [(UInt64, Int)] = [(9, 3)]
        ) -> EditHeader {
            EditHeader(
                entry: EntryID(high: 1, low: entry), tokens: tokens.map { FieldToken(bits: $0) }, isForget: isForget,
                group: group, unread: unread.map { Dot(ReplicaID(bits: $0), $1) }, boxHash: nil)
        }
        let base = try keys(secret: secret)
        let headers = [
            ("base", header()), ("entry", header(entry: 3)), ("token", header(tokens: [1, 3])),
            ("no token", header(tokens: [])), ("fewer tokens", header(tokens: [1])),
            ("more tokens", header(tokens: [1, 2, 3])), ("tokens in another order", header(tokens: [2, 1])),
            ("flag", header(isForget: true)), ("group", header(group: 4)), ("nothing unread", header(unread: [])),
            ("unread n", header(unread: [(9, 4)])), ("unread line", header(unread: [(8, 3)])),
            ("more unread", header(unread: [(9, 3), (10, 1)])), ("all zero", header(tokens: [0, 0], unread: [(0, 0)])),
        ]
        return headers.map { Place(name: $0, keys: base, header: $1, dot: dot) } + [
            Place(name: "replica", keys: base, header: header(), dot: Dot(ReplicaID(bits: 8), 5)),
            Place(name: "n", keys: base, header: header(), dot: Dot(ReplicaID(bits: 7), 6)),
            Place(name: "space", keys: try keys(space: 2, secret: secret), header: header(), dot: dot),
            Place(name: "epoch", keys: try keys(epoch: 2, secret: secret), header: header(), dot: dot),
            Place(name: "key", keys: try keys(secret: secret.reversed()), header: header(), dot: dot),
        ]
    }
}
