package import Wire

/// The messages of one connection, in order, with the bytes that each was on the wire.
///
/// Who does not take them stops the socket: some hundred kilobytes wait at most.
/// It ends when the other side ended, and throws when it broke a rule. Two loops
/// over it share the messages; one after the other goes on where the first stopped.
/// A cancelled task sees the end.
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
