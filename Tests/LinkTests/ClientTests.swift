import Link
import NIOCore
import NIOPosix
import Testing

/// The reasons why a client gets no connection, told apart.
@Suite(.timeLimit(.minutes(1))) struct ClientTests {
    private static let pin = Pin([UInt8](repeating: 0, count: Pin.byteCount))

    private static func connect(_ host: String, _ port: Int, timeout: Duration = .seconds(10)) async throws {
        _ = try await LinkClient.connect(host: host, port: port, pin: #require(pin), timeout: timeout)
    }

    @Test func nobodyListens() async throws {
        // A port that was free a moment ago.
        let server = try await LinkServer.bind(
            to: try #require(Endpoint("127.0.0.1:0")), identity: ServerIdentity.make())
        let port = server.endpoint.port
        server.stop()
        await server.run { _ in }
        await #expect(throws: LinkError.unreachable(.refused)) { try await Self.connect("127.0.0.1", port) }
        await #expect(throws: LinkError.unreachable(.refused)) { try await Self.connect("localhost", port) }
    }

    @Test func noSuchName() async {
        await #expect(throws: LinkError.unreachable(.unresolved)) { try await Self.connect("no.such.host.invalid", 1) }
        await #expect(throws: LinkError.unreachable(.unresolved)) { try await Self.connect("no such host", 1) }
    }

    /// A listener whose backlog is full, so that a new connection gets no answer, as behind a firewall.
    @Test func noAnswer() async throws {
        let hole = try await BlackHole.dig()
        await #expect(throws: LinkError.timedOut) {
            try await Self.connect("127.0.0.1", hole.port, timeout: .milliseconds(300))
        }
    }

    @Test func aServerThatSaysNothing() async throws {
        let port = try await Mute.listen(answer: nil)
        await #expect(throws: LinkError.timedOut) {
            try await Self.connect("127.0.0.1", port, timeout: .milliseconds(200))
        }
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n"])
    func aServerOfAnotherKind(_ answer: String) async throws {
        let port = try await Mute.listen(answer: answer)
        await #expect(throws: LinkError.notBetween) { try await Self.connect("127.0.0.1", port) }
    }

    @Test func aServerThatHangsUp() async throws {
        let port = try await Mute.listen(answer: "")
        await #expect(throws: LinkError.closed) { try await Self.connect("127.0.0.1", port) }
    }

    @Test func aCancelledClientDoesNotWait() async throws {
        let port = try await Mute.listen(answer: nil)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.connect("127.0.0.1", port, timeout: .seconds(50)) }
            group.cancelAll()
            await #expect(throws: LinkError.self) { try await group.next() }
        }
    }
}

/// A server that answers the first bytes with the same text, or closes, or does nothing.
private enum Mute {
    /// - Parameter answer: `nil` for none; an empty one hangs up. It listens until the process ends.
    static func listen(answer: String?) async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return try #require(channel.localAddress?.port)
    }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let answer: String?

        init(_ answer: String?) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let answer else { return }
            if answer.isEmpty {
                context.close(promise: nil)
            } else {
                context.channel.writeAndFlush(ByteBuffer(string: answer), promise: nil)
            }
        }
    }
}

/// A port without accept, whose backlog is full.
private struct BlackHole: Sendable {
    let port: Int
    private let listener: any Channel
    private let waiting: [any Channel]

    static func dig() async throws -> BlackHole {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 0)
            .serverChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        var waiting: [any Channel] = []
        // The system takes one or two more than it was told.
        for _ in 0..<8 {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.milliseconds(100))
            guard let channel = try? await bootstrap.connect(host: "127.0.0.1", port: port).get() else { break }
            waiting.append(channel)
        }
        return BlackHole(port: port, listener: listener, waiting: waiting)
    }
}
