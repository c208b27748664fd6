import Between
import Causality
import Testing
import Wire
import WireSupport

/// A member who lets a newcomer in, in the middle of an exchange.
@Suite struct PairingConversationTests {
    static func talking() throws -> ClientConversation { try #require(MessageTableTests.states["logs"]) }

    @Test func anOfferWaitsForTheWelcome() throws {
        var conversation = try #require(MessageTableTests.states["proving"])
        #expect(conversation.offer(Sample.slot).isEmpty)
        let actions = conversation.received(.welcome(spaces: [Sample.space]), byteCount: 10)
        #expect(actions.contains(.send(.offer(Sample.slot))))
    }

    @Test func aClaimIsReportedOnce() throws {
        var conversation = try Self.talking()
        #expect(conversation.offer(Sample.slot) == [.send(.offer(Sample.slot))])
        #expect(conversation.received(.claim(Sample.slot, sealed: [1]), byteCount: 9).contains(.claimed([1])))
        #expect(conversation.received(.claim(Sample.slot, sealed: [1]), byteCount: 9).contains(.close(.unexpected)))
    }

    @Test func aClaimOfAnotherSlotIsNone() throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Sample.slot)
        let other = try #require(Slot([UInt8](repeating: 8, count: 16)))
        #expect(conversation.received(.claim(other, sealed: [1]), byteCount: 9).contains(.close(.unexpected)))
    }

    @Test func aGrantIsBroughtOnceThePongAfterItComes() throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Sample.slot)
        _ = conversation.received(.claim(Sample.slot, sealed: [1]), byteCount: 9)
        // A ping of before is still to be answered.
        #expect(conversation.timerFired(.silence).contains(.send(.ping)))
        #expect(conversation.grant([2]) == [.send(.grant(Sample.slot, sealed: [2])), .send(.ping)])
        #expect(!conversation.received(.pong, byteCount: 9).contains(.granted))
        #expect(conversation.received(.pong, byteCount: 9).contains(.granted))
        #expect(!conversation.received(.pong, byteCount: 9).contains(.granted))
        #expect(conversation.grant([2]).isEmpty)
    }

    @Test func nobodyIsLetInWithoutAClaim() throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Sample.slot)
        #expect(conversation.grant([2]).isEmpty)
    }

    @Test func aGrantThatNobodyWaitsForEndsIt() throws {
        var conversation = try Self.talking()
        _ = conversation.offer(Sample.slot)
        _ = conversation.received(.claim(Sample.slot, sealed: [1]), byteCount: 9)
        _ = conversation.grant([2])
        #expect(conversation.received(.error(WireError(.slot)), byteCount: 9).contains(.close(.slot)))
    }

    @Test func anOfferOutlivesAConnectionAndAClaimDoesNot() throws {
        var machine = SyncStateMachine([Sample.space])
        #expect(machine.start() == [.connect])
        _ = machine.offer(Sample.slot)
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
        #expect(machine.received(.claim(Sample.slot, sealed: [1]), byteCount: 9).contains(.converse(.claimed([1]))))
        _ = machine.connectionLost(nil, jitter: 0.5)
        _ = machine.retryDue()
        #expect(!connect().contains(offer))
        #expect(machine.grant([2]).isEmpty)
    }
}
