import Causality
import Membership
import Sealing
import TestSupport
import Testing

@Suite struct PairingTranscriptTests {
    @Test func bothSidesReadTheSameWords() {
        for seed in 0..<50 {
            let meeting = PairingMeeting(seed: seed)
            let member = PairingTranscript(
                of: meeting.sealed, under: meeting.secret, serverKeyHash: meeting.serverKeyHash)
            #expect(member == meeting.transcript)
            #expect(member.words.count == 4)
            #expect(Set(member.words).isSubset(of: PairingWords.all))
        }
    }

    /// Somebody photographed the string, and claims before the one who was meant.
    @Test func whoClaimsFirstMakesOtherWordsAppear() throws {
        for seed in 0..<50 {
            var meeting = PairingMeeting(seed: seed)
            let stranger = DeviceKeys.random(using: &meeting.generator)
            let claim = PairingClaim(device: stranger.identity, name: meeting.claim.name)
            let sealed = claim.sealed(
                under: meeting.secret, serverKeyHash: meeting.serverKeyHash, using: &meeting.generator)
            #expect(try meeting.opened(sealed) == claim)
            let atMember = PairingTranscript(
                of: sealed, under: meeting.secret, serverKeyHash: meeting.serverKeyHash)
            #expect(atMember.words != meeting.transcript.words)
        }
    }

    @Test func everyBitOfTheClaimCounts() {
        let meeting = PairingMeeting(seed: 1)
        var hashes: Set<Hash256> = [meeting.transcript.hash]
        var words: Set<[String]> = [meeting.transcript.words]
        for flipped in meeting.sealed.flips {
            let other = PairingTranscript(of: flipped, under: meeting.secret, serverKeyHash: meeting.serverKeyHash)
            hashes.insert(other.hash)
            words.insert(other.words)
        }
        #expect(hashes.count == meeting.sealed.count * 8 + 1)
        #expect(words.count == hashes.count)
    }

    @Test func secretAndServerCountToo() throws {
        let meeting = PairingMeeting(seed: 1)
        var seen: Set<[String]> = [meeting.transcript.words]
        for flipped in meeting.secret.bytes.flips {
            let secret = try #require(PairingSecret(flipped))
            seen.insert(
                PairingTranscript(of: meeting.sealed, under: secret, serverKeyHash: meeting.serverKeyHash).words)
        }
        for flipped in meeting.serverKeyHash.flips {
            seen.insert(PairingTranscript(of: meeting.sealed, under: meeting.secret, serverKeyHash: flipped).words)
        }
        #expect(seen.count == 1 + 128 + 256)
    }

    /// Where one part ends and the next begins is part of it.
    @Test func partsDoNotRunIntoEachOther() {
        let meeting = PairingMeeting(seed: 1)
        let bytes = meeting.serverKeyHash + meeting.sealed
        let seen = Set(
            (0...bytes.count).map { split in
                PairingTranscript(
                    of: Array(bytes[split...]), under: meeting.secret, serverKeyHash: Array(bytes[..<split])
                ).hash
            })
        #expect(seen.count == bytes.count + 1)
    }

    @Test func allWordsComeEquallyOftenAtEveryPlace() {
        let meeting = PairingMeeting(seed: 1)
        let rounds = 16_384
        var counts = [[String: Int]](repeating: [:], count: 4)
        var pairs: Set<[String]> = []
        for round in 0..<rounds {
            let words = PairingTranscript(
                of: [UInt8(round & 255), UInt8(round >> 8)], under: meeting.secret, serverKeyHash: []
            ).words
            for (place, word) in words.enumerated() { counts[place][word, default: 0] += 1 }
            pairs.insert(Array(words.prefix(2)))
        }
        for place in counts {
            let expected = Double(rounds) / 256
            let square = PairingWords.all.reduce(0.0) { sum, word in
                let difference = Double(place[word] ?? 0) - expected
                return sum + difference * difference / expected
            }
            // Chi square of 255 degrees: mean 255, deviation 22.6; five deviations either way.
            #expect((142...368).contains(square), "chi square \(square)")
        }
        // Of 65,536 pairs, 16,384 draws meet 14,497 different ones, give or take some 40.
        #expect((14_250...14_750).contains(pairs.count), "\(pairs.count) pairs")
    }

    @Test func theWordsAreEasilyToldApart() {
        let words = PairingWords.all
        #expect(words.count == 256)
        #expect(words == words.sorted())
        #expect(Set(words.map { $0.prefix(3) }).count == 256)
        for word in words {
            #expect((4...8).contains(word.utf8.count), "\(word)")
            #expect(word.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }, "\(word)")
        }
        for (index, word) in words.enumerated() {
            for other in words[(index + 1)...] {
                #expect(!isOneSlipApart(Array(word.utf8), Array(other.utf8)), "\(word) \(other)")
            }
        }
    }

    /// Versions that differ here would show different words for one claim.
    @Test func theListIsForEver() {
        let hash = "d55d3f11a82b51ccf483c04c81da8649e107c201932dbd3569316a2a6768f54d"
        #expect(Hash256.sha256(Array(PairingWords.all.joined(separator: "\n").utf8)).description == hash)
    }

    /// Whether one letter changed, added or left out makes the other word.
    private func isOneSlipApart(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard abs(left.count - right.count) <= 1 else { return false }
        let front = zip(left, right).prefix { $0 == $1 }.count
        let back = zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count
        return front + back >= max(left.count, right.count) - 1
    }
}
