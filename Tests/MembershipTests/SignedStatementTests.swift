import Causality
import Membership
import Testing

@Suite struct SignedStatementTests {
    private let hash = Hash256.sha256([1])

    @Test func aSignatureHoldsForItsStatementAndDeviceOnly() throws {
        let founder = try Founder(seed: 1)
        let stranger = try Founder(seed: 2).identity
        let signature = try founder.signature(of: .record(hash))
        #expect(SignedStatement.record(hash).isSigned(by: founder.identity, signature))
        #expect(!SignedStatement.record(hash).isSigned(by: stranger, signature))
        #expect(!SignedStatement.record(.sha256([2])).isSigned(by: founder.identity, signature))
    }

    /// One key signs for several purposes; none passes for another.
    @Test func noPurposePassesForAnother() throws {
        let founder = try Founder(seed: 1)
        let statements = [SignedStatement.record(hash), .batch(lineHash: hash)]
        for (index, signed) in statements.enumerated() {
            let signature = try founder.signature(of: signed)
            for (other, statement) in statements.enumerated() {
                #expect(statement.isSigned(by: founder.identity, signature) == (index == other))
            }
        }
    }

    @Test func everyFlippedBitIsRefused() throws {
        let founder = try Founder(seed: 1)
        let statement = SignedStatement.record(hash)
        let signature = try founder.signature(of: statement)
        for bit in 0..<signature.count * 8 {
            var flipped = signature
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(!statement.isSigned(by: founder.identity, flipped), "bit \(bit)")
        }
    }

    @Test func noBytesOfAnotherLengthAreASignature() throws {
        let founder = try Founder(seed: 1)
        let statement = SignedStatement.batch(lineHash: hash)
        let signature = try founder.signature(of: statement)
        for bytes in [[], Array(signature.dropLast()), signature + [0], signature + signature] {
            #expect(!statement.isSigned(by: founder.identity, bytes))
        }
    }

    @Test func aBatchIsSignedByItsDevice() throws {
        let founder = try Founder(seed: 1)
        let header = BatchHeader(
            replica: ReplicaID(bits: 1), first: 1, count: 0, previous: hash, seen: [], head: hash, epoch: hash,
            origin: nil)
        let batch = Batch(header, signature: try founder.signature(of: .batch(lineHash: hash)), edits: [])
        #expect(batch.isSigned(by: founder.identity, lineHash: hash))
        #expect(!batch.isSigned(by: founder.identity, lineHash: .sha256([2])))
        #expect(!batch.isSigned(by: try Founder(seed: 2).identity, lineHash: hash))
    }
}
