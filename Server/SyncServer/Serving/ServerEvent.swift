package import Link
package import Wire

/// What a daemon logs, one line an event, without anything that a person wrote.
package enum ServerEvent: Sendable {
    case listening(Endpoint)
    /// A conversation was ended by this side.
    case closed(ErrorCode)
    /// What came was no message.
    case broken(ErrorCode)
    /// The store could not read or write.
    case storeFailed(any Error)
    case stopping
}
