import SyncClient
import Causality
import TestSupport
import Testing
import Wire
import WireSupport

/// A server that keeps talking without making progress: the client's wait for an answer ends.
@Suite struct IdleServerTests {
    /// Before the server sent its `log`.
    private func waiting() throws -> ClientConversation { try #require(MessageTableTests.states["logs"]) }

    /// How often the answer timer was restarted.
    private func restarts(
        _ conversation: inout ClientConversation, _ count: Int, _ message: Message = .held(Sample.space, [])
    ) -> Int {
        (0..<count).count { _ in
            conversation.received(message, byteCount: 10).contains(.startTimer(.answer))
        }
    }

    @Test func talkThatBringsNothingIsASignOfLifeAfterAWhile() throws {
        var conversation = try waiting()
        let max = ClientConversation.idleMessagesMax
        #expect(restarts(&conversation, 10 * max) <= max)
        #expect(conversation.timerFired(.answer) == [.close(.timeout)])
    }

    @Test(arguments: [
        Message.fetch(Sample.space, [Dot(Sample.replica, 1)]), .error(WireError(.log, space: Sample.space)),
    ])
    func whateverItIs(message: Message) throws {
        var conversation = try waiting()
        let max = ClientConversation.idleMessagesMax
        #expect(restarts(&conversation, 10 * max, message) <= max)
    }

    /// Progress restarts the timer.
    @Test func whatWasBroughtBeginsItAnew() throws {
        var conversation = try waiting()
        let max = ClientConversation.idleMessagesMax
        _ = restarts(&conversation, max)
        #expect(restarts(&conversation, 1) == 0)
        let took = ReplicaAnswer.took(Sample.batch.tip(testHash), isNew: true)
        _ = conversation.answered(took, to: .take(Sample.batch), of: Sample.space)
        #expect(restarts(&conversation, max + 1) == max)
        let again = ReplicaAnswer.took(Sample.batch.tip(testHash), isNew: false)
        _ = conversation.answered(again, to: .take(Sample.batch), of: Sample.space)
        #expect(restarts(&conversation, 1) == 0, "what was here is nothing new")
    }

    @Test func withoutTheDefenceItWaitsForEver() throws {
        var conversation = try waiting()
        let max = ClientConversation.idleMessagesMax
        Defence.$down.withValue([.endsWaits]) {
            #expect(restarts(&conversation, 10 * max) == 10 * max)
        }
    }
}
