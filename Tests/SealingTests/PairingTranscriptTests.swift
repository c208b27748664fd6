import Causality
import Membership
import Sealing
import TestSupport
import Testing

@Suite struct PairingTranscriptTests {
    @Test func bothSidesReadTheSameWords() throws {
        for seed in 0..<50 {
            let meeting = PairingMeeting(seed: seed)
            let member = try PairingTranscript(
                of: meeting.sealed, committed: meeting.commitment, nonce: meeting.nonce, under: meeting.secret,
                serverKeyHash: meeting.serverKeyHash)
            #expect(member == meeting.transcript)
            #expect(member.words.count == 4)
            #expect(Set(member.words).isSubset(of: PairingWords.all))
        }
    }

    /// Somebody else has the string, and claims first.
    @Test func whoClaimsFirstMakesOtherWordsAppear() throws {
        for seed in 0..<50 {
            var meeting = PairingMeeting(seed: seed)
            let stranger = DeviceKeys.random(using: &meeting.generator)
            let claim = PairingClaim(device: stranger.identity, name: meeting.claim.name)
            let sealed = claim.sealed(
                under: meeting.secret, serverKeyHash: meeting.serverKeyHash, using: &meeting.generator)
            #expect(try meeting.opened(sealed) == claim)
            let atMember = try meeting.transcript(of: sealed)
            #expect(atMember.words != meeting.transcript.words)
        }
    }

    /// An attacker has the string and the server. They hold the newcomer's claim back, and search for a claim of
    /// their own that gives the member's screen the newcomer's words; comparing the first of four is enough here.
    @Test func aClaimWithTheWordsOfAnotherIsNotFound() throws {
        for seed in 0..<20 {
            var meeting = PairingMeeting(seed: seed)
            // The exchange with the newcomer is complete: nonce and words are known.
            let wanted = meeting.transcript.words[0]
            let thief = PairingClaim(device: DeviceKeys.random(using: &meeting.generator).identity, name: "Sam")
            let tries = (0..<2_048).map { _ in
                thief.sealed(
                    under: meeting.secret, serverKeyHash: meeting.serverKeyHash, using: &meeting.generator)
            }
            // The attacker must commit to a claim before the member's nonce is known, and then has unlimited time.
            let commitment = PairingClaim.commitment(
                to: tries[0], under: meeting.secret, serverKeyHash: meeting.serverKeyHash)
            let nonce = meeting.generator.bytes(32)
            let (secret, keyHash) = (meeting.secret, meeting.serverKeyHash)
            func taken() -> [PairingTranscript] {
                tries.compactMap {
                    try? PairingTranscript(
                        of: $0, committed: commitment, nonce: nonce, under: secret, serverKeyHash: keyHash)
                }
            }
            let named = try meeting.transcript(of: tries[0], nonce: nonce)
            #expect(taken() == [named])
            Defence.$down.withValue([.commitsWords]) {
                #expect(taken().contains { $0.words[0] == wanted }, "seed \(seed)")
            }
        }
    }

    /// Nor can an attacker who plays the member: the newcomer reveals its claim after the nonce, and a commitment
    /// does not reveal the claim, here to an attacker who knows all of it but the nonce of its box.
    @Test func aCommitmentDoesNotGiveTheClaimAway() throws {
        var meeting = PairingMeeting(seed: 1)
        var seen: Set<Hash256> = [meeting.commitment]
        for _ in 0..<1_000 {
            let guess = meeting.claim.sealed(
                under: meeting.secret, serverKeyHash: meeting.serverKeyHash, using: &meeting.generator)
            seen.insert(
                PairingClaim.commitment(to: guess, under: meeting.secret, serverKeyHash: meeting.serverKeyHash))
        }
        #expect(seen.count == 1_001)
    }

    @Test func everyBitOfTheClaimAndOfTheNonceCounts() throws {
        let meeting = PairingMeeting(seed: 1)
        var hashes: Set<Hash256> = [meeting.transcript.hash]
        var words: Set<[String]> = [meeting.transcript.words]
        let others =
            try meeting.sealed.flips.map { try meeting.transcript(of: $0) }
            + meeting.nonce.flips.map { try meeting.transcript(of: meeting.sealed, nonce: $0) }
        for other in others {
            hashes.insert(other.hash)
            words.insert(other.words)
        }
        #expect(hashes.count == meeting.sealed.count * 8 + 257)
        #expect(words.count == hashes.count)
    }

    @Test func anotherCommitmentIsRefused() throws {
        let meeting = PairingMeeting(seed: 1)
        for flipped in meeting.commitment.bytes.flips {
            let other = try #require(Hash256(flipped))
            #expect(throws: SealingError.notOpened) {
                try PairingTranscript(
                    of: meeting.sealed, committed: other, nonce: meeting.nonce,
                    under: meeting.secret, serverKeyHash: meeting.serverKeyHash)
            }
        }
    }

    @Test func secretAndServerCountToo() throws {
        let meeting = PairingMeeting(seed: 1)
        var seen: Set<[String]> = [meeting.transcript.words]
        for flipped in meeting.secret.bytes.flips {
            let secret = try #require(PairingSecret(flipped))
            seen.insert(try meeting.transcript(of: meeting.sealed, under: secret).words)
        }
        for flipped in meeting.serverKeyHash.flips {
            seen.insert(try meeting.transcript(of: meeting.sealed, serverKeyHash: flipped).words)
        }
        #expect(seen.count == 1 + 128 + 256)
    }

    /// The boundaries of parts are part of it.
    @Test func partsDoNotRunIntoEachOther() throws {
        let meeting = PairingMeeting(seed: 1)
        let bytes = meeting.serverKeyHash + meeting.sealed
        let seen = try Set(
            (0...bytes.count).map { split in
                try meeting.transcript(of: Array(bytes[split...]), serverKeyHash: Array(bytes[..<split])).hash
            })
        #expect(seen.count == bytes.count + 1)
        let after = meeting.nonce + meeting.sealed
        let split = try Set(
            (0...after.count).map { split in
                try meeting.transcript(of: Array(after[split...]), nonce: Array(after[..<split])).hash
            })
        #expect(split.count == after.count + 1)
    }

    @Test func allWordsComeEquallyOftenAtEveryPlace() throws {
        let meeting = PairingMeeting(seed: 1)
        let rounds = 16_384
        var counts = [[String: Int]](repeating: [:], count: 4)
        var pairs: Set<[String]> = []
        for round in 0..<rounds {
            let words = try meeting.transcript(of: [UInt8(round & 255), UInt8(round >> 8)], serverKeyHash: []).words
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

    /// Whether changing, adding or removing one letter makes the other word.
    private func isOneSlipApart(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard abs(left.count - right.count) <= 1 else { return false }
        let front = zip(left, right).prefix { $0 == $1 }.count
        let back = zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count
        return front + back >= max(left.count, right.count) - 1
    }
}
