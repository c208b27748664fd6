import Foundation
import NIOCore
import NIOPosix

/// A Unix socket for the administrator of a running daemon: one line of request, one line of answer.
///
/// It is in the daemon's folder, with mode 0600, so only the folder's owner can use it.
package final class ControlSocket: Sendable {
    /// The longest request in bytes, newline included.
    package static let lineLengthMax = 64 * 1024
    /// The longest answer in bytes; it grows with what a daemon holds.
    package static let answerLengthMax = 256 * 1024 * 1024
    /// The longest path in bytes, by the system's `sockaddr_un`: 107 on Linux.
    package static let pathLengthMax = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
    /// How long the daemon waits for a request, and the client for an answer.
    package static let patience = Duration.seconds(60)

    private typealias Exchange = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let server: NIOAsyncChannel<Exchange, Never>

    private init(_ server: NIOAsyncChannel<Exchange, Never>) {
        self.server = server
    }

    /// Listens at a path. Removes the socket of a daemon that was killed, so the caller must hold the folder's lock.
    ///
    /// - Throws: ``LinkError/cannotListen(_:)``, also if the path is longer than ``pathLengthMax``.
    package static func bind(at path: String) async throws(LinkError) -> ControlSocket {
        do {
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true) { channel in
                    channel.eventLoop.makeCompletedFuture { try Exchange(wrappingChannelSynchronously: channel) }
                }
            // Until then anyone who may write to the folder could connect: only its owner, if its mode is right.
            guard chmod(path, 0o600) == 0 else { throw LinkError.cannotListen(.other) }
            return ControlSocket(server)
        } catch {
            throw .cannotListen(.other)
        }
    }

    /// Answers requests until the task is cancelled.
    package func run(_ answer: @escaping @Sendable (String) async -> String) async {
        try? await server.executeThenClose { arrivals in
            await withDiscardingTaskGroup { group in
                do {
                    for try await arrival in arrivals {
                        group.addTask { await Self.serve(arrival, answer) }
                    }
                } catch {
                    // Listening ended; requests that were accepted are still answered.
                }
            }
        }
    }

    private static func serve(_ exchange: Exchange, _ answer: @Sendable (String) async -> String) async {
        let channel = exchange.channel
        try? await exchange.executeThenClose { inbound, _ in
            guard let line = try await Self.line(from: inbound, lengthMax: lineLengthMax) else { return }
            // Waits until the system has all bytes; the exchange's own writer returns before that.
            try await channel.writeAndFlush(ByteBuffer(string: await answer(line) + "\n"))
        }
    }

    /// Sends a request to the daemon that listens at a path, and returns its answer.
    ///
    /// - Throws: ``LinkError/unreachable(_:)`` if no daemon listens, ``LinkError/timedOut``, ``LinkError/closed``.
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

    /// The first line received, without its newline; `nil` on a timeout, or if it is too long.
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
