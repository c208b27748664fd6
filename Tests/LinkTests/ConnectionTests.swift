import Link
import Testing
import Wire

/// Over TLS on the loopback, in real time.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    @Test(arguments: ["127.0.0.1", "::1"])
    func messagesGoBothWaysInOrder(_ host: String) async throws {
        try await TestServer.serving(at: host, handle: TestServer.echo) { test in
            let client = try await test.client()
            #expect(client.peerKeyHash == test.identity.keyHash)
            #expect(test.endpoint.description.hasPrefix(host == "::1" ? "[::1]:" : "127.0.0.1:"))
            for number in 1...1_000 { try await client.send(.credit(bytes: number)) }
            for number in 1...1_000 {
                let received = try #require(try await client.receive())
                #expect(received.message == .credit(bytes: number))
                #expect(received.byteCount == MessageWriter.length(of: .credit(bytes: number)))
            }
            await client.close(after: .bye)
        }
    }

    /// What is sent meanwhile changes the mailbox too, and is no message.
    @Test func whoWaitsForAMessageIsNotWokenByWhatItSends() async throws {
        try await TestServer.serving(handle: TestServer.echo) { test in
            let client = try await test.client()
            var taken = 0
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for _ in 0..<200 { try? await client.send(.ping) } }
                while taken < 200, await client.hasArrived() {
                    while case .message? = try? client.receiveArrived() { taken += 1 }
                }
            }
            #expect(taken == 200)
            await client.close()
            #expect(await !client.hasArrived())
        }
    }

    @Test func longMessagesCrossBothWays() async throws {
        try await TestServer.serving(handle: TestServer.echo) { test in
            let client = try await test.client()
            let message = Large.message(byteCount: 450_000)
            try await test.isKnown(client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for _ in 0..<40 { try await client.send(message) } }
                for _ in 0..<40 { #expect(try await client.receive()?.message == message) }
                try await group.waitForAll()
            }
            await client.close()
        }
    }

    @Test func aServerWithAnotherKeyIsToldNothing() async throws {
        let other = try ServerIdentity.make().pin
        try await TestServer.serving(handle: TestServer.echo) { test in
            await #expect(throws: LinkError.wrongPin) {
                try await LinkClient.connect(to: test.endpoint, pin: other, timeout: .seconds(10))
            }
            let client = try await test.client()
            try await client.send(.ping)
            #expect(try await client.receive()?.message == .ping)
            await client.close()
            #expect(test.served.value == 1, "the connection with the wrong pin never came to be one")
        }
    }

    @Test func bothSidesSeeAnEnd() async throws {
        let ended = Tally()
        try await TestServer.serving { connection in
            if (try? await connection.receive())?.message == .ping, (try? await connection.receive()) == .some(nil) {
                ended.count()
            }
        } while: { test in
            let client = try await test.client()
            try await client.send(.ping)
            await client.close()
            await ended.reaches(1)
        }
        try await TestServer.serving { connection in
            await connection.close(after: .bye)
        } while: { test in
            let client = try await test.client()
            #expect(try await client.receive()?.message == .bye)
            #expect(try await client.receive() == nil)
            await #expect(throws: LinkError.closed) { try await client.send(.ping) }
        }
    }

    @Test func aConnectionThatNobodyHoldsIsClosed() async throws {
        let ended = Tally()
        try await TestServer.serving { connection in
            await TestServer.listen(connection)
            ended.count()
        } while: { test in
            _ = try await test.client()
            await ended.reaches(1)
        }
    }

    @Test func whoeverWaitsForAReaderIsStoppedAndTold() async throws {
        var limits = LinkLimits()
        limits.stallTime = .milliseconds(200)
        limits.closingTime = .milliseconds(200)
        let (sent, ended) = (Tally(), Tally())
        try await TestServer.serving(limits: limits) { connection in
            connection.authenticated()
            await #expect(throws: LinkError.closed) {
                while true {
                    try await connection.send(Large.message(byteCount: 450_000))
                    sent.count()
                }
            }
            ended.count()
        } while: { test in
            let client = try await test.client()
            await ended.reaches(1)
            await TestServer.listen(client)
        }
        // Its own buffer, and the systems' buffers.
        #expect(sent.value * 600_000 < 24 * 1024 * 1024)
    }
}
