import SyncClient
import Causality
import Testing
import Wire
import WireSupport

/// A member lets a newcomer in during an exchange.
@Suite struct PairingConversationTests {
    static let offer = PairingOffer(Sample.slot, Sample.nonce)
    static let commit = Message.commit(Sample.slot, Sample.hash)
    static let reveal = Message.reveal(Sample.slot, sealed: [1])
    static let claim = BroughtClaim(commitment: Sample.hash, nonce: Sample.nonce, sealed: [1])

    static func talking() throws -> ClientConversation { try #require(MessageTableTests.states["logs"]) }

    @Test func anOfferWaitsForTheWelcome() throws {
        var conversation = try #require(MessageTableTests.states["proving"])
        #expect(conversation.offer(Self.offer).isEmpty)
        let actions = conversation.received(.welcome(spaces: [Sample.space]), byteCount: 10)
        #expect(actions.contains(.send(.offer(Sample.slot))))
    }

    @Test func aClaimIsReportedOnce() throws {
        var conversation = try Self.talking()
        #expect(conversation.offer(Self.offer) == [.send(.offer(Sample.slot))])
        let reply = ClientConversation.Action.send(.reply(Sample.slot, Sample.nonce))
        let told = conversation.received(Self.commit, byteCount: 9).filter { $0 == .committed || $0 == reply }
        #expect(told == [.committed, reply])
        #expect(conversation.received(Self.reveal, byteCount: 9).contains(.claimed(Self.claim)))
        #expect(conversation.received(Self.reveal, byteCount: 9).contains(.close(.unexpected)))
    }

    /// A second nonce would be a second try at the words.
    @Test(arguments: [false, true]) func thereIsOneReplyAPairing(_ isRevealed: Bool) throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Self.offer)
        _ = conversation.received(Self.commit, byteCount: 9)
        if isRevealed { _ = conversation.received(Self.reveal, byteCount: 9) }
        #expect(conversation.received(Self.commit, byteCount: 9).contains(.close(.unexpected)))
    }

    @Test func aClaimThatNobodyCommittedHimselfToIsNone() throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Self.offer)
        #expect(conversation.received(Self.reveal, byteCount: 9).contains(.close(.unexpected)))
    }

    @Test func aClaimOfAnotherSlotIsNone() throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Self.offer)
        let other = try #require(Slot([UInt8](repeating: 8, count: 16)))
        #expect(conversation.received(.commit(other, Sample.hash), byteCount: 9).contains(.close(.unexpected)))
    }

    @Test func aGrantIsBroughtOnceThePongAfterItComes() throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Self.offer)
        _ = conversation.received(Self.commit, byteCount: 9)
        _ = conversation.received(Self.reveal, byteCount: 9)
        // An earlier ping is still unanswered.
        #expect(conversation.timerFired(.silence).contains(.send(.ping)))
        #expect(conversation.grant([2]) == [.send(.grant(Sample.slot, sealed: [2])), .send(.ping)])
        #expect(!conversation.received(.pong, byteCount: 9).contains(.granted))
        #expect(conversation.received(.pong, byteCount: 9).contains(.granted))
        #expect(!conversation.received(.pong, byteCount: 9).contains(.granted))
        #expect(conversation.grant([2]).isEmpty)
    }

    @Test func nobodyIsLetInWithoutAClaim() throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Self.offer)
        #expect(conversation.grant([2]).isEmpty)
    }

    @Test func aGrantThatNobodyWaitsForEndsIt() throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Self.offer)
        _ = conversation.received(Self.commit, byteCount: 9)
        _ = conversation.received(Self.reveal, byteCount: 9)
        _ = conversation.grant([2])
        #expect(conversation.received(.error(WireError(.slot)), byteCount: 9).contains(.close(.slot)))
    }

    @Test func anOfferOutlivesAConnectionAndAClaimDoesNot() throws {
        var machine = SyncStateMachine([Sample.space])
        #expect(machine.start() == [.connect])
        _ = machine.offer(Self.offer)
        func connect() -> [SyncStateMachine.Action] {
            _ = machine.connected(nonce: Sample.nonce, keyHash: Sample.keyHash)
            _ = machine.received(.challenge(versions: .ours, nonce: Sample.nonce), byteCount: 10)
            return machine.received(.welcome(spaces: [Sample.space]), byteCount: 10)
        }
        let offer = SyncStateMachine.Action.converse(.send(.offer(Sample.slot)))
        #expect(connect().contains(offer))
        _ = machine.connectionLost(nil, jitter: 0.5)
        _ = machine.retryDue()
        #expect(connect().contains(offer))
        #expect(machine.received(Self.commit, byteCount: 9).contains(.converse(.committed)))
        _ = machine.connectionLost(nil, jitter: 0.5)
        _ = machine.retryDue()
        #expect(!connect().contains(offer))
        #expect(machine.grant([2]).isEmpty)
    }
}
