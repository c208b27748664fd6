package import Link
package import Wire

/// What a daemon logs, one line an event, without anything that a person wrote.
package enum ServerEvent: Sendable {
    case listening(Endpoint)
    /// A conversation was ended by this side.
    case closed(ErrorCode)
    /// What came was no message.
    case broken(ErrorCode)
    /// From this address as many proofs, strings and claims were wrong as may be; it is refused for a while.
    case guessed(RemoteAddress)
    /// The store could not read or write.
    case storeFailed(any Error)
    /// The system gives no more sockets, and so many wait; its error number. Told once a minute at most.
    case starved(CInt)
    /// Others on this machine could reach a file of the folder, of this name, and whether they cannot any more.
    case reachable(String, isClosed: Bool)
    /// Other commands cannot be heard while it runs: the folder's path is too long for a socket, or cannot be used.
    case unheard
    case stopping
}
