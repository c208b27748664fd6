import Link
import NIOCore
import NIOSSL
import Testing
import Wire

/// Hostile or foreign clients, as at a port on the internet.
@Suite(.timeLimit(.minutes(1))) struct StrangerTests {
    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: journal\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", #"{"type":"hello"}"# + "\n",
        String(repeating: "\u{0}", count: 64), "\u{16}\u{3}\u{1}\u{0}\u{4}\u{1}\u{0}\u{0}\u{0}",
        String(repeating: "a", count: 100_000),
    ])
    func whatIsNoTLSIsClosedAtOnce(_ text: String) async throws {
        try await TestServer.serving(handle: TestServer.echo) { test in
            let stranger = try await Stranger.connect(to: test.endpoint)
            stranger.send(text)
            let heard = await stranger.heardUntilClosed()
            #expect(heard.utf8.count < 64, "at most TLS's alert")
            #expect(test.served.value == 0)
            try await Self.expectGood(test)
        }
    }

    @Test func olderTLSIsClosedAtOnce() async throws {
        try await TestServer.serving(handle: TestServer.echo) { test in
            let stranger = try await Stranger.connect(to: test.endpoint, tls: .tlsv12)
            #expect(await stranger.heardUntilClosed() == "")
            #expect(test.served.value == 0)
            try await Self.expectGood(test)
        }
    }

    @Test func garbageWithinTLSIsToldAndClosed() async throws {
        try await TestServer.serving(handle: TestServer.echo) { test in
            let stranger = try await Stranger.connect(to: test.endpoint, tls: .tlsv13)
            stranger.send("GET / HTTP/1.1\r\n\r\n")
            #expect(await stranger.heardUntilClosed().contains(#""code":"malformed""#))
            try await Self.expectGood(test)
        }
    }

    @Test(arguments: ["farewell", "finish", "reset"])
    func anEndInTheMiddleOfALineLosesTheLineOnly(_ ending: String) async throws {
        let ended = Tally()
        try await TestServer.serving { connection in
            let first = try? await connection.receive()
            #expect(first?.message == .ping)
            try? await connection.send(.pong)
            do throws(LinkError) {
                let second = try await connection.receive()
                #expect(second == nil)
                #expect(ending != "reset")
            } catch {
                #expect(error == .closed && ending == "reset")
            }
            ended.count()
        } while: { test in
            let stranger = try await Stranger.connect(to: test.endpoint, tls: .tlsv13)
            stranger.send(#"{"type":"ping"}"# + "\n" + #"{"type":"#)
            #expect(await stranger.heardNext() == #"{"type":"pong"}"# + "\n")
            switch ending {
            case "farewell": stranger.halfClose()
            case "finish": stranger.finish()
            default: stranger.reset()
            }
            await ended.reaches(1)
        }
    }

    @Test func threeHundredSilentPeersDisturbNobody() async throws {
        try await TestServer.serving(handle: TestServer.echo) { test in
            var silent: [Stranger] = []
            for number in 0..<300 {
                silent.append(try await Stranger.connect(to: test.endpoint, from: "127.0.1.\(number / 90 + 1)"))
            }
            for _ in 0..<10 { try await Self.expectGood(test) }
            #expect(silent.count == 300)
            #expect(test.served.value == 10)
        }
    }

    /// A well-behaved client is served.
    private static func expectGood(_ test: TestServer) async throws {
        let client = try await test.client()
        try await client.send(.ping)
        #expect(try await client.receive()?.message == .ping)
        await client.close()
    }
}
