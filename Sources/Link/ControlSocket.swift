import Foundation
import NIOCore
import NIOPosix

/// A line asked of a running daemon by its administrator on the same machine, and a line in answer.
///
/// A Unix socket in the daemon's folder: whoever may use that folder may use it, and nobody else.
package final class ControlSocket: Sendable {
    /// Bytes of what is asked at most, the line's end included.
    package static let lineLengthMax = 64 * 1024
    /// Bytes of an answer at most, which grows with what a daemon holds.
    package static let answerLengthMax = 256 * 1024 * 1024
    /// Bytes of the path at most, as the system has it: 107 on Linux.
    package static let pathLengthMax = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
    /// How long the daemon waits for the line, and whoever asks for the answer.
    package static let patience = Duration.seconds(60)

    private typealias Exchange = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let server: NIOAsyncChannel<Exchange, Never>

    private init(_ server: NIOAsyncChannel<Exchange, Never>) {
        self.server = server
    }

    /// Listens at a path; what a daemon that was killed left there is removed first, so hold the folder's lock.
    ///
    /// - Throws: ``LinkError/cannotListen(_:)``, also where the path is longer than ``pathLengthMax``.
    package static func bind(at path: String) async throws(LinkError) -> ControlSocket {
        do {
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true) { channel in
                    channel.eventLoop.makeCompletedFuture { try Exchange(wrappingChannelSynchronously: channel) }
                }
            // Before that whoever may write the folder could connect: only its owner may, if the folder is as it must be.
            guard chmod(path, 0o600) == 0 else { throw LinkError.cannotListen(.other) }
            return ControlSocket(server)
        } catch {
            throw .cannotListen(.other)
        }
    }

    /// Answers until the task is cancelled.
    package func run(_ answer: @escaping @Sendable (String) async -> String) async {
        try? await server.executeThenClose { arrivals in
            await withDiscardingTaskGroup { group in
                do {
                    for try await arrival in arrivals {
                        group.addTask { await Self.serve(arrival, answer) }
                    }
                } catch {
                    // It stopped listening; those who asked are answered.
                }
            }
        }
    }

    private static func serve(_ exchange: Exchange, _ answer: @Sendable (String) async -> String) async {
        let channel = exchange.channel
        try? await exchange.executeThenClose { inbound, _ in
            guard let line = try await Self.line(from: inbound, lengthMax: lineLengthMax) else { return }
            // All of it is with the system before the end; the writer of the exchange would only have taken it.
            try await channel.writeAndFlush(ByteBuffer(string: await answer(line) + "\n"))
        }
    }

    /// Asks the daemon that listens at a path.
    ///
    /// - Throws: ``LinkError/unreachable(_:)`` if none does, ``LinkError/timedOut``, ``LinkError/closed``.
    package static func ask(_ line: String, at path: String) async throws(LinkError) -> String {
        let exchange: Exchange
        do {
            exchange = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture { try Exchange(wrappingChannelSynchronously: channel) }
                }
        } catch {
            throw .unreachable(.refused)
        }
        let answer: String?
        do {
            answer = try await exchange.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: line + "\n"))
                return try await Self.line(from: inbound, lengthMax: answerLengthMax)
            }
        } catch {
            throw .closed
        }
        guard let answer else { throw .timedOut }
        return answer
    }

    /// The first line that comes, without its end; `nil` if none comes in time, or it is too long.
    private static func line(
        from inbound: NIOAsyncChannelInboundStream<ByteBuffer>, lengthMax: Int
    ) async throws -> String? {
        try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                var bytes: [UInt8] = []
                for try await part in inbound {
                    let start = bytes.count
                    bytes += part.readableBytesView
                    guard bytes.count <= lengthMax else { return nil }
                    if let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                        return String(decoding: bytes[..<end], as: UTF8.self)
                    }
                }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
