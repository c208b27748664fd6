import Link
import Testing
import Wire

@Suite struct BoxesTests {
    static func ping(_ byteCount: Int) -> ReceivedMessage { ReceivedMessage(message: .ping, byteCount: byteCount) }

    @Test func anInboxStopsReadingAtItsBytesAndGoesOnAtHalf() {
        var inbox = Inbox()
        let readsOn = [2, 1].map { count in inbox.received(Array(repeating: Self.ping(100 * 1024), count: count)) }
        #expect(readsOn == [true, false])
        var resumed: [Bool] = []
        while case .message(_, let resumes) = inbox.next() { resumed.append(resumes) }
        #expect(resumed == [false, true, false])
        guard case .nothing = inbox.next() else {
            Issue.record("it is empty")
            return
        }
        #expect(!inbox.hasNext)
    }

    @Test func anInboxStopsReadingAtItsMessages() {
        var inbox = Inbox()
        let readsOn = inbox.received(Array(repeating: Self.ping(15), count: 10_000))
        #expect(!readsOn)
    }

    @Test func whatCameBeforeTheEndIsStillThere() {
        var inbox = Inbox()
        _ = inbox.received([Self.ping(1)])
        inbox.end(.broken(.malformed))
        inbox.end(nil)
        _ = inbox.received([Self.ping(1)])
        guard case .message = inbox.next(), case .ended(.broken(.malformed)) = inbox.next(),
            case .ended(.broken(.malformed)) = inbox.next()
        else {
            Issue.record("a message, then the first end, for ever")
            return
        }
    }

    @Test func anOutboxIsFullUntilSomethingIsSent() {
        var outbox = Outbox(byteCountMax: 10)
        let first = outbox.adding([[1, 2, 3, 4, 5, 6], [7, 8, 9, 10], [11]])
        #expect(first == [.first, .more, .full])
        #expect(!outbox.takes(byteCount: 1))
        let taken = outbox.take()
        #expect(taken == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10]])
        let second = outbox.adding([[11]])
        #expect(second == [.full], "what the channel has is not sent yet")
        outbox.sent(byteCount: 6)
        let third = outbox.adding([[11]])
        #expect(third == [.first])
        #expect(outbox.unsentByteCount == 5)
    }

    @Test func oneMessageMayBeLongerThanTheRoom() {
        var outbox = Outbox(byteCountMax: 2)
        let additions = outbox.adding([[1, 2, 3], [4]])
        #expect(additions == [.first, .full])
    }

    @Test func theLastMessageIsTheLast() {
        var outbox = Outbox(byteCountMax: 2)
        _ = outbox.add([1, 2])
        outbox.end(.closed, with: [3])
        outbox.end(.closed, with: [4])
        let after = outbox.adding([[5]])
        #expect(after == [.ended(.closed)])
        #expect(outbox.takes(byteCount: 1), "who waits for room must hear of the end")
        let taken = outbox.take()
        #expect(taken == [[1, 2], [3]])
    }
}

extension Outbox {
    fileprivate enum Added: Hashable {
        case first
        case more
        case full
        case ended(LinkError)
    }

    /// Additions in a comparable form.
    fileprivate mutating func adding(_ messages: [[UInt8]]) -> [Added] {
        messages.map { bytes in
            switch add(bytes) {
            case .added(wakesChannel: true): .first
            case .added(wakesChannel: false): .more
            case .full: .full
            case .ended(let error): .ended(error)
            }
        }
    }
}
