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

    @Test(arguments: StoreEngine.allCases)
    func anInvitationEnrolsOneDeviceOnce(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let (author, other) = (try StoreAuthor(seed: 1), try StoreAuthor(seed: 2))
        #expect(try await desk.store.answer(author.proof(), to: nil) == .stranger)
        #expect(try await desk.store.answer(author.proof(invitation: secret), to: nil) == .refused(.slot))
        try await desk.invite(secret)
        #expect(
            try await desk.store.answer(author.proof(invitation: secret), to: nil) == .identified(author.id, spaces: [])
        )
        #expect(try await desk.store.answer(other.proof(invitation: secret), to: nil) == .refused(.slot))
        try await desk.restart()
        #expect(try await desk.store.answer(author.proof(), to: nil) == .identified(author.id, spaces: []))
        #expect(try await desk.store.answer(other.proof(invitation: secret), to: nil) == .refused(.slot))
    }

    @Test(arguments: StoreEngine.allCases)
    func anInvitationExpires(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try StoreAuthor(seed: 1)
        try await desk.invite(secret)
        desk.clock.advance(by: .seconds(600))
        #expect(try await desk.store.answer(author.proof(invitation: secret), to: nil) == .refused(.slot))
    }

    @Test(arguments: StoreEngine.allCases)
    func aProofIsTheDevicesOwn(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        let other = try StoreAuthor(seed: 2)
        #expect(try await desk.store.answer(author.proof(signer: other.keys), to: nil) == .refused(.device))
        #expect(try await desk.store.answer(other.proof(signer: author.keys), to: nil) == .refused(.device))
        #expect(try await desk.store.answer(author.proof(), to: nil) == .identified(author.id, spaces: [author.space]))
    }

    @Test(arguments: StoreEngine.allCases)
    func aMemberNeedsNoInvitationAndIsToldItsSpacesInOrder(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        let other = try await desk.companion(of: author)
        let third = try await desk.founder(3)
        let record = try third.adding(other.keys.identity)
        _ = try await desk.append(record, third)
        let spaces = [author.space, third.space].sorted()
        #expect(try await desk.store.answer(other.proof(), to: nil) == .identified(other.id, spaces: spaces))
    }

    @Test(arguments: StoreEngine.allCases)
    func aBlockedDeviceIsRefused(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        try await desk.block(author.id)
        #expect(try await desk.store.answer(author.proof(), to: nil) == .refused(.blocked))
        try await desk.restart()
        #expect(try await desk.store.answer(author.proof(), to: nil) == .refused(.blocked))
    }

    @Test(arguments: StoreEngine.allCases)
    func aRemovedDeviceIsToldSo(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        let other = try await desk.companion(of: author)
        let record = try author.removing(other.id, cut: Frontier())
        _ = try await desk.append(record, author)
        try await desk.restart()
        #expect(try await desk.store.answer(other.proof(), to: nil) == .refused(.removed))
        #expect(try await desk.ask(.log(author.space, .empty), other) == .refused(.removed))
        #expect(try await desk.ask(.compare(author.space, Frontier()), other) == .refused(.removed))
        #expect(try await desk.take(other.write(.set(1, [1])), other) == .refused(.removed))
    }

    @Test(arguments: StoreEngine.allCases)
    func aStrangerToASpaceLearnsNothingOfIt(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let (author, stranger) = (try await desk.founder(), try await desk.founder(9))
        let batch = try author.write(.set(1, [1]))
        _ = try await desk.take(batch, author)
        let space = author.space
        let end = LogEnd(count: 1, head: author.log.head) ?? .empty
        for question: ServerQuestion in [
            .log(space, .empty), .log(space, end), .records(space, from: 0), .compare(space, Frontier()),
            .lineEnds(space, author.replica, [1]), .batches(space, beyond: VectorClock(), room: 1 << 20),
            .take(space, batch), .lackingBoxes(space, besides: []),
            .boxes(space, [batch.header.firstDot], room: 1 << 20),
            .supply(space, batch.header.firstDot, [1]), .hold(space),
        ] {
            #expect(try await desk.ask(question, stranger) == .refused(.space))
        }
    }
}
