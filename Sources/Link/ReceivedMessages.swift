package import Wire

/// The messages of one connection in order, each with its bytes on the wire.
///
/// A slow consumer stops the socket: at most some hundred kilobytes wait. The sequence ends when the other side ends
/// or the task is cancelled, and throws when the other side violated the protocol. Two loops over it share the
/// messages; a later loop continues where an earlier one stopped.
package struct ReceivedMessages: AsyncSequence, Sendable {
    package typealias Element = ReceivedMessage
    package typealias Failure = LinkError

    let connection: LinkConnection

    package struct AsyncIterator: AsyncIteratorProtocol {
        let connection: LinkConnection

        package func next() async throws(LinkError) -> ReceivedMessage? { try await connection.receive() }

        package func next(isolation: isolated (any Actor)?) async throws(LinkError) -> ReceivedMessage? {
            try await connection.receive()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(connection: connection) }
}
