import Causality
import Membership
import Sealing
import Testing

@Suite struct BoxPaddingTests {
    /// Padmé lengths, computed in Python; a content is padded with at least one byte.
    @Test(arguments: [
        (32, 32), (33, 36), (36, 36), (63, 64), (64, 64), (65, 72), (72, 72), (100, 104), (127, 128), (128, 128),
        (129, 144), (137, 144), (255, 256), (257, 272), (300, 304), (301, 304), (511, 512), (513, 544), (1_000, 1_024),
        (1_025, 1_088), (4_097, 4_352), (10_000, 10_240), (65_535, 65_536), (65_537, 67_584), (100_000, 100_352),
        (196_608, 196_608), (196_609, 200_704),
    ])
    func lengthsArePadmes(_ length: Int, _ padded: Int) {
        #expect(BoxPadding.paddedLength(of: length - 1) == padded)
    }

    /// All lengths below 200,000, against a hash computed in Python.
    @Test func allLengthsArePadmes() {
        var bytes = CanonicalBytes()
        for length in 0..<200_000 { bytes.append(BoxPadding.paddedLength(of: length)) }
        let hash = "209dab5cd3b8a28172da279bccdac32659691ceb71f6d1462a2d102f70397ba6"
        #expect(Hash256.sha256(bytes.bytes).description == hash)
    }

    @Test func lengthsOfOneStretchLookTheSame() {
        let lengths = (0..<SealingLimits.plaintextLengthMax).map { BoxPadding.paddedLength(of: $0) }
        #expect(zip(lengths, lengths.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(zip(lengths, lengths.indices).allSatisfy { $0 > $1 })
        // The number of distinct lengths that a box can reveal.
        #expect(Set(lengths).count == 201)
        let costs = zip(lengths, lengths.indices).dropFirst(31).map { Double($0) / Double($1 + 1) }
        #expect(costs.allSatisfy { $0 < 1.12 })
    }

    @Test func contentsComeBack() {
        for count in 0..<600 {
            for byte in [0, 0x80, 0xFF] as [UInt8] {
                let content = [UInt8](repeating: byte, count: count)
                #expect(BoxPadding.content(of: BoxPadding.padded(content)) == content)
            }
        }
    }

    /// A member could seal these; all readers must read one content, or none.
    @Test func refusesPaddingThatDoesNotBelongThere() {
        let padded = BoxPadding.padded([1, 2, 3])
        var unmarked = padded
        unmarked[3] = 0
        var other = padded
        other[31] = 1
        let table = [
            [], [0x80], unmarked, other, Array(repeating: 0, count: 32), padded + [0, 0, 0, 0],
            Array(padded.dropLast()), [1] + Array(repeating: 0, count: 40), [0x80] + Array(repeating: 0, count: 35),
        ]
        for bytes in table { #expect(BoxPadding.content(of: bytes) == nil) }
    }
}
