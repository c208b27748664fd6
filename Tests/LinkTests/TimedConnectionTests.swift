import Link
import NIOCore
import NIOEmbedded
import Synchronization
import Testing
import Wire

/// Timeouts and limits of a connection, in virtual time.
@Suite(.timeLimit(.minutes(1))) struct TimedConnectionTests {
    @Test func aHandshakeHasTenSeconds() async throws {
        let peer = try await TimedPeer(isSecured: false)
        await peer.advance(9)
        #expect(peer.isOpen)
        await peer.advance(1)
        #expect(!peer.isOpen)
        #expect(try await peer.heard() == "", "without TLS nothing can be said")
    }

    @Test func whoDoesNotSayWhoItIsIsToldAndClosed() async throws {
        let peer = try await TimedPeer()
        await peer.advance(9)
        #expect(peer.isOpen)
        await peer.advance(1)
        #expect(try await peer.heard().contains(#""code":"timeout""#))
        #expect(!peer.isOpen)
        await #expect(throws: LinkError.broken(.timeout)) { try await peer.connection.receive() }
        await #expect(throws: LinkError.self) { try await peer.connection.send(.ping) }
    }

    @Test func whoIsNotAuthenticatedHasAsLongAsItWasGivenAndShortLines() async throws {
        let peer = try await TimedPeer()
        await peer.advance(9)
        peer.connection.unauthenticated(for: .seconds(600))
        await peer.settle()
        await peer.advance(599)
        #expect(peer.isOpen)
        await peer.advance(1)
        #expect(try await peer.heard().contains(#""code":"timeout""#))
        #expect(!peer.isOpen)

        let talkative = try await TimedPeer()
        talkative.connection.unauthenticated(for: .seconds(600))
        try await talkative.write(String(repeating: "1", count: WireLimits.lineLengthMaxBeforeAuth + 1))
        #expect(try await talkative.heard().contains(#""code":"malformed""#))
        #expect(!talkative.isOpen)
    }

    @Test func anUnauthenticatedConnectionWithLessTimeEndsEarlier() async throws {
        let peer = try await TimedPeer()
        peer.connection.unauthenticated(for: .seconds(1))
        await peer.settle()
        await peer.advance(1)
        #expect(!peer.isOpen)
    }

    @Test func whoIsKnownMayBeSilentForHours() async throws {
        let peer = try await TimedPeer()
        peer.connection.authenticated()
        await peer.settle()
        await peer.advance(100_000)
        try await peer.write(Self.ping)
        #expect(try await peer.connection.receive()?.message == .ping)
    }

    @Test func aLineThatDripsIsGivenUp() async throws {
        let peer = try await TimedPeer()
        peer.connection.authenticated()
        await peer.settle()
        try await peer.write(Self.ping + "{")
        for _ in 0..<29 {
            await peer.advance(1)
            try await peer.write(" ")
        }
        #expect(peer.isOpen)
        await peer.advance(1)
        #expect(try await peer.heard().contains(#""code":"timeout""#))
        #expect(!peer.isOpen)
        #expect(try await peer.connection.receive()?.message == .ping, "what came before is there")
        await #expect(throws: LinkError.broken(.timeout)) { try await peer.connection.receive() }
    }

    @Test func anEndlessLineIsGivenUpAtFourKilobytes() async throws {
        let peer = try await TimedPeer()
        try await peer.write(String(repeating: "1", count: WireLimits.lineLengthMaxBeforeAuth - 1))
        #expect(try await peer.heard() == "")
        try await peer.write("11")
        #expect(try await peer.heard().contains(#""code":"malformed""#))
        #expect(!peer.isOpen)
        await #expect(throws: LinkError.broken(.malformed)) { try await peer.connection.receive() }
    }

    @Test func whoIsKnownMaySendALineOfAMegabyteAndNoMore() async throws {
        let peer = try await TimedPeer()
        peer.connection.authenticated()
        await peer.settle()
        for _ in 0..<255 { try await peer.write(String(repeating: "1", count: 4096)) }
        try await peer.write(String(repeating: "1", count: 4095))
        #expect(try await peer.heard() == "")
        try await peer.write("11")
        #expect(try await peer.heard().contains(#""code":"malformed""#))
        #expect(!peer.isOpen)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}\n", "hello\n", "\n", "[]\n", "\"\\u0061\"\n",
    ])
    func garbageIsToldAndClosed(_ text: String) async throws {
        let peer = try await TimedPeer()
        try await peer.write(text)
        #expect(try await peer.heard().contains(#""code":"malformed""#))
        #expect(!peer.isOpen)
    }

    @Test func aReaderThatDoesNotReadFillsOnlyItsBufferAndIsClosed() async throws {
        let peer = try await TimedPeer(isStuck: true)
        peer.connection.authenticated()
        await peer.settle()
        let sent = Tally()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await peer.connection.send(Large.message(byteCount: 300_000))
                    sent.count()
                }
            }
            // Ten messages of 400,000 bytes fit; the eleventh waits.
            await sent.reaches(10)
            await peer.settle()
            #expect(peer.socket.byteCount <= LinkLimits().outboundByteCountMax)
            await peer.advance(59)
            #expect(peer.isOpen)
            await peer.advance(1)
            #expect(!peer.isOpen)
            await #expect(throws: LinkError.closed) { try await group.next() }
        }
        #expect(sent.value == 10)
        #expect(peer.socket.byteCount <= LinkLimits().outboundByteCountMax)
    }

    @Test func aSlowReaderThatReadsIsNotClosed() async throws {
        let peer = try await TimedPeer(isStuck: true)
        peer.connection.authenticated()
        try await peer.connection.send(Large.message(byteCount: 300_000))
        await peer.settle()
        for _ in 0..<5 {
            await peer.advance(59)
            try await peer.channel.triggerUserOutboundEvent(StuckSocket.TakeOne()).get()
        }
        #expect(peer.isOpen)
        await peer.advance(60)
        #expect(!peer.isOpen)
    }

    @Test func whoWaitsForRoomCanBeCancelled() async throws {
        let peer = try await TimedPeer(isStuck: true)
        let sent = Tally()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await peer.connection.send(Large.message(byteCount: 300_000))
                    sent.count()
                }
            }
            await sent.reaches(10)
            group.cancelAll()
            await #expect(throws: LinkError.closed) { try await group.next() }
        }
        #expect(peer.isOpen)
    }

    @Test func whoWaitsForAMessageCanBeCancelled() async throws {
        let peer = try await TimedPeer()
        await withTaskGroup(of: ReceivedMessage?.self) { group in
            group.addTask { try? await peer.connection.receive() }
            group.cancelAll()
            for await received in group { #expect(received == nil) }
        }
    }

    @Test func theLastMessageGoesBeforeTheEnd() async throws {
        let peer = try await TimedPeer()
        peer.connection.authenticated()
        try await peer.connection.send(.ping)
        await peer.connection.close(after: .bye)
        await peer.connection.close(after: .ping)
        #expect(try await peer.heard() == #"{"type":"ping"}"# + "\n" + #"{"type":"bye"}"# + "\n")
        #expect(!peer.isOpen)
        await #expect(throws: LinkError.closed) { try await peer.connection.send(.ping) }
        #expect(try await peer.connection.receive() == nil)
    }

    @Test func aLastMessageThatNobodyTakesIsGivenUp() async throws {
        let peer = try await TimedPeer(isStuck: true)
        peer.connection.authenticated()
        await peer.settle()
        async let closed: Void = peer.connection.close(after: .bye)
        while peer.socket.byteCount == 0 { await peer.settle() }
        await peer.advance(9)
        #expect(peer.isOpen)
        await peer.advance(1)
        await closed
        #expect(!peer.isOpen)
    }

    @Test func whoIsNotReadIsNotLate() async throws {
        let peer = try await TimedPeer()
        peer.connection.authenticated()
        await peer.settle()
        try await peer.write(String(repeating: Self.ping, count: 1_000) + "{")
        await peer.advance(1_000)
        #expect(peer.isOpen)
        for _ in 0..<1_000 { #expect(try await peer.connection.receive()?.message == .ping) }
        await peer.settle()
        await peer.advance(29)
        #expect(peer.isOpen)
        await peer.advance(1)
        #expect(!peer.isOpen)
    }

    static let ping = #"{"type":"ping"}"# + "\n"
}
