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

    /// One key signs for several purposes; no signature is valid for another.
    @Test func noPurposePassesForAnother() throws {
        let founder = try Founder(seed: 1)
        let statements = [
            SignedStatement.record(hash), .batch(feedHash: hash),
            .authentication(
                version: 1, clientNonce: [], serverNonce: [], device: founder.identity.id, serverKeyHash: hash.bytes),
        ]
        for (index, signed) in statements.enumerated() {
            let signature = try founder.signature(of: signed)
            for (other, statement) in statements.enumerated() {
                #expect(statement.isSigned(by: founder.identity, signature) == (index == other))
            }
        }
    }

    /// Each part counts, and so do the boundaries of parts.
    @Test func anAuthenticationHoldsForItsConnectionOnly() throws {
        let founder = try Founder(seed: 1)
        let id = founder.identity.id
        let other = try Founder(seed: 2).identity.id
        func statement(
            _ version: Int = 1, _ client: [UInt8] = [1, 2], _ server: [UInt8] = [3], _ device: DeviceID? = nil,
            _ key: UInt8 = 5
        ) -> SignedStatement {
            .authentication(
                version: version, clientNonce: client, serverNonce: server, device: device ?? id,
                serverKeyHash: Array(repeating: key, count: 32))
        }
        let statements = [
            statement(), statement(2), statement(1, [1], [2, 3]), statement(1, [1, 2, 3], []),
            statement(1, [3], [1, 2]),
            statement(1, [1, 2], [3], other), statement(1, [1, 2], [3], nil, 6),
        ]
        #expect(Set(statements).count == statements.count)
        let signature = try founder.signature(of: statements[0])
        #expect(
            statements.map { $0.isSigned(by: founder.identity, signature) } == [true]
                + Array(repeating: false, count: 6))
        var bytes = CanonicalBytes(label: "between sign auth 1")
        bytes.append(1)
        bytes.append([1, 2])
        bytes.append([3])
        bytes.append(id.bits)
        bytes.append(Array(repeating: UInt8(5), count: 32))
        #expect(statements[0].bytes == bytes.bytes)
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
        let statement = SignedStatement.batch(feedHash: hash)
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
        let batch = Batch(header, signature: try founder.signature(of: .batch(feedHash: hash)), edits: [])
        #expect(batch.isSigned(by: founder.identity, feedHash: hash))
        #expect(!batch.isSigned(by: founder.identity, feedHash: .sha256([2])))
        #expect(!batch.isSigned(by: try Founder(seed: 2).identity, feedHash: hash))
    }
}
