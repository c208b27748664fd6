package import Link
package import Wire

/// An event that a daemon logs as one line, without user data.
package enum ServerEvent: Sendable {
    case listening(Endpoint)
    /// This side ended a conversation.
    case closed(ErrorCode)
    /// The bytes received were not a message.
    case broken(ErrorCode)
    /// This address reached the limit of failed proofs, strings and claims, and is refused for a while.
    case guessed(RemoteAddress)
    /// The store could not read or write.
    case storeFailed(any Error)
    /// The system gives no more sockets, with its error number, so new connections wait. At most once a minute.
    case starved(CInt)
    /// Others on this machine could reach this file of the folder, and whether that is mended.
    case reachable(String, isClosed: Bool)
    /// No control socket can be made while it runs: the folder's path is too long, or unusable.
    case unheard
    case stopping
}
