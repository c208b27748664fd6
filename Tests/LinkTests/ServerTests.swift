import Link
import NIOSSL
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct ServerTests {
    @Test func oneTooManyFromOneAddressIsToldToComeLater() async throws {
        var limits = LinkLimits()
        limits.connectionsPerAddressMax = 2
        try await TestServer.serving(limits: limits, handle: TestServer.echo) { test in
            let first = try await test.client()
            let second = try await test.client()
            try await Self.expectBusy(test)
            // Another address has its own limit.
            let stranger = try await Stranger.connect(to: test.endpoint, from: "127.0.1.1", tls: .tlsv13)
            stranger.send(#"{"type":"ping"}"# + "\n")
            #expect(await stranger.heardNext() == #"{"type":"ping"}"# + "\n")
            await first.close()
            await second.close()
            let third = try await test.client()
            try await third.send(.ping)
            #expect(try await third.receive()?.message == .ping)
        }
    }

    @Test func oneTooManyIsToldToComeLater() async throws {
        var limits = LinkLimits()
        limits.connectionsMax = 1
        try await TestServer.serving(limits: limits, handle: TestServer.echo) { test in
            let first = try await test.client()
            try await Self.expectBusy(test)
            try await first.send(.ping)
            #expect(try await first.receive()?.message == .ping)
            #expect(test.served.value == 1)
        }
    }

    @Test func theOldestUnknownDeviceMakesWay() async throws {
        var limits = LinkLimits()
        limits.unauthenticatedMax = 2
        try await TestServer.serving(limits: limits, handle: TestServer.listen) { test in
            let first = try await test.client()
            await test.served.reaches(1)
            let second = try await test.client()
            await test.served.reaches(2)
            let third = try await test.client()
            #expect(try await first.receive()?.message == .error(WireError(.busy)))
            #expect(try await first.receive() == nil)
            await second.close()
            await third.close()
        }
    }

    @Test func whoIsNotAuthenticatedMakesWayToo() async throws {
        var limits = LinkLimits()
        limits.unauthenticatedMax = 1
        try await TestServer.serving(limits: limits) { connection in
            connection.unauthenticated(for: .seconds(60))
            try? await connection.send(.pong)
            await TestServer.listen(connection)
        } while: { test in
            let caller = try await test.client()
            #expect(try await caller.receive()?.message == .pong)
            let other = try await test.client()
            #expect(try await caller.receive()?.message == .error(WireError(.busy)))
            #expect(try await caller.receive() == nil)
            await other.close()
        }
    }

    @Test func whoIsKnownMakesNoWay() async throws {
        var limits = LinkLimits()
        limits.unauthenticatedMax = 1
        try await TestServer.serving(limits: limits, handle: TestServer.echo) { test in
            var clients: [LinkConnection] = []
            for _ in 0..<5 {
                let client = try await test.client()
                try await client.send(.ping)
                #expect(try await client.receive()?.message == .ping)
                clients.append(client)
            }
            for client in clients {
                try await client.send(.pong)
                #expect(try await client.receive()?.message == .pong)
            }
        }
    }

    @Test func theOldestHandshakeMakesWay() async throws {
        var limits = LinkLimits()
        limits.handshakesMax = 2
        try await TestServer.serving(limits: limits, handle: TestServer.echo) { test in
            let silent = try await Stranger.connect(to: test.endpoint)
            let alsoSilent = try await Stranger.connect(to: test.endpoint)
            let client = try await test.client()
            #expect(await silent.heardUntilClosed() == "")
            try await client.send(.ping)
            #expect(try await client.receive()?.message == .ping)
            _ = alsoSilent.channel
        }
    }

    @Test func silenceBeforeTLSAndAfterItIsGivenUp() async throws {
        var limits = LinkLimits()
        limits.securingTime = .milliseconds(100)
        limits.authenticationTime = .milliseconds(100)
        try await TestServer.serving(limits: limits, handle: TestServer.listen) { test in
            let silent = try await Stranger.connect(to: test.endpoint)
            #expect(await silent.heardUntilClosed() == "")
            let unknown = try await Stranger.connect(to: test.endpoint, tls: .tlsv13)
            #expect(await unknown.heardUntilClosed().contains(#""code":"timeout""#))
        }
    }

    @Test func stoppingLetsTheServedFinish() async throws {
        let identity = try ServerIdentity.make()
        let server = try await LinkServer.bind(
            to: try #require(Endpoint("127.0.0.1:0")), identity: identity)
        let ended = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await server.run(TestServer.echo)
                ended.count()
            }
            let client = try await LinkClient.connect(to: server.endpoint, pin: identity.pin, timeout: .seconds(10))
            try await client.send(.ping)
            #expect(try await client.receive()?.message == .ping)
            let silent = try await Stranger.connect(to: server.endpoint)
            server.stop()
            #expect(await silent.heardUntilClosed() == "", "what was not secured is not waited for")
            try await client.send(.pong)
            #expect(try await client.receive()?.message == .pong)
            #expect(ended.value == 0)
            await #expect(throws: LinkError.unreachable(.refused)) {
                try await LinkClient.connect(to: server.endpoint, pin: identity.pin, timeout: .seconds(10))
            }
            await client.close()
            try await group.waitForAll()
        }
        #expect(ended.value == 1)
    }

    @Test func cancellingEndsTheServedToo() async throws {
        let identity = try ServerIdentity.make()
        let server = try await LinkServer.bind(
            to: try #require(Endpoint("127.0.0.1:0")), identity: identity)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run(TestServer.echo) }
            let client = try await LinkClient.connect(to: server.endpoint, pin: identity.pin, timeout: .seconds(10))
            try await client.send(.ping)
            #expect(try await client.receive()?.message == .ping)
            group.cancelAll()
            #expect(try await client.receive() == nil)
            try await group.waitForAll()
        }
    }

    @Test func aPortThatIsTakenIsSaidToBe() async throws {
        let identity = try ServerIdentity.make()
        let server = try await LinkServer.bind(to: try #require(Endpoint("127.0.0.1:0")), identity: identity)
        await #expect(throws: LinkError.cannotListen(.inUse)) {
            try await LinkServer.bind(to: server.endpoint, identity: identity)
        }
        await #expect(throws: LinkError.cannotListen(.notHere)) {
            try await LinkServer.bind(to: try #require(Endpoint("192.0.2.1:0")), identity: identity)
        }
        await #expect(throws: LinkError.cannotListen(.notHere)) {
            try await LinkServer.bind(to: try #require(Endpoint("no.such.host.invalid:0")), identity: identity)
        }
    }

    /// One more client is told `busy`.
    private static func expectBusy(_ test: TestServer) async throws {
        let refused = try await test.client()
        #expect(try await refused.receive()?.message == .error(WireError(.busy)))
        #expect(try await refused.receive() == nil)
    }
}
