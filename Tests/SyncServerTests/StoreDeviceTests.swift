import Causality
import Membership
import Sealing
import SyncServer
import TestSupport
import Testing
import Wire

/// The contract of every engine: authentication and enrolment.
@Suite struct StoreDeviceTests {
    let secret = [UInt8](repeating: 7, count: 16)

    @Test(arguments: StoreKind.allCases)
    func anInvitationEnrolsOneDeviceOnce(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let (author, other) = (try StoreAuthor(seed: 1), try StoreAuthor(seed: 2))
        #expect(try await fixture.store.answer(author.proof(), to: nil) == .stranger)
        #expect(try await fixture.store.answer(author.proof(invitation: secret), to: nil) == .refused(.slot))
        try await fixture.invite(secret)
        #expect(
            try await fixture.store.answer(author.proof(invitation: secret), to: nil)
                == .identified(author.id, spaces: [])
        )
        #expect(try await fixture.store.answer(other.proof(invitation: secret), to: nil) == .refused(.slot))
        try await fixture.restart()
        #expect(try await fixture.store.answer(author.proof(), to: nil) == .identified(author.id, spaces: []))
        #expect(try await fixture.store.answer(other.proof(invitation: secret), to: nil) == .refused(.slot))
    }

    @Test(arguments: StoreKind.allCases)
    func anInvitationExpires(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try StoreAuthor(seed: 1)
        try await fixture.invite(secret)
        fixture.clock.advance(by: .seconds(600))
        #expect(try await fixture.store.answer(author.proof(invitation: secret), to: nil) == .refused(.slot))
    }

    @Test(arguments: StoreKind.allCases)
    func aProofIsTheDevicesOwn(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try StoreAuthor(seed: 2)
        #expect(try await fixture.store.answer(author.proof(signer: other.keys), to: nil) == .refused(.device))
        #expect(try await fixture.store.answer(other.proof(signer: author.keys), to: nil) == .refused(.device))
        #expect(
            try await fixture.store.answer(author.proof(), to: nil) == .identified(author.id, spaces: [author.space]))
    }

    @Test(arguments: StoreKind.allCases)
    func aMemberNeedsNoInvitationAndIsToldItsSpacesInOrder(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let third = try await fixture.founder(3)
        let record = try third.adding(other.keys.identity)
        _ = try await fixture.append(record, third)
        let spaces = [author.space, third.space].sorted()
        #expect(try await fixture.store.answer(other.proof(), to: nil) == .identified(other.id, spaces: spaces))
    }

    @Test(arguments: StoreKind.allCases)
    func aBlockedDeviceIsRefused(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        try await fixture.block(author.id)
        #expect(try await fixture.store.answer(author.proof(), to: nil) == .refused(.blocked))
        try await fixture.restart()
        #expect(try await fixture.store.answer(author.proof(), to: nil) == .refused(.blocked))
    }

    @Test(arguments: StoreKind.allCases)
    func aRemovedDeviceIsToldSo(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let record = try author.removing(other.id, cut: Frontier())
        _ = try await fixture.append(record, author)
        try await fixture.restart()
        #expect(try await fixture.store.answer(other.proof(), to: nil) == .refused(.removed))
        #expect(try await fixture.ask(.log(author.space, .empty), other) == .refused(.removed))
        #expect(try await fixture.ask(.compare(author.space, Frontier()), other) == .refused(.removed))
        #expect(try await fixture.take(other.write(.set(1, [1])), other) == .refused(.removed))
    }

    @Test(arguments: StoreKind.allCases)
    func aStrangerToASpaceLearnsNothingOfIt(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let (author, stranger) = (try await fixture.founder(), try await fixture.founder(9))
        let batch = try author.write(.set(1, [1]))
        _ = try await fixture.take(batch, author)
        let space = author.space
        let end = LogEnd(count: 1, head: author.log.head) ?? .empty
        for question: ServerQuestion in [
            .log(space, .empty), .log(space, end), .records(space, from: 0), .compare(space, Frontier()),
            .tips(space, author.replica, [1]), .batches(space, beyond: VectorClock(), room: 1 << 20),
            .take(space, batch), .missingBoxes(space, besides: []),
            .boxes(space, [batch.header.firstDot], room: 1 << 20),
            .supply(space, batch.header.firstDot, [1]), .hold(space),
        ] {
            #expect(try await fixture.ask(question, stranger) == .refused(.space))
        }
    }
}
