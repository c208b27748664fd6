package import NIOCore

/// A connection whose TLS handshake may still be under way.
struct UnsecuredConnection: Sendable {
    let channel: any Channel
    let mailbox: Mailbox
    /// Fails with a ``LinkError`` if the handshake fails; it completes by the deadline at the latest.
    let secured: EventLoopFuture<Void>

    /// Adds a connection's handlers to the channel; called on its event loop.
    ///
    /// - Parameters:
    ///   - tls: the TLS handler, or `nil` if a test sends the event of the handshake's end.
    ///   - deadline: the deadline of the handshake.
    init(
        on channel: any Channel, _ tls: (any ChannelHandler)?, role: LinkHandler.Role, limits: LinkLimits,
        securedBy deadline: NIODeadline
    ) throws {
        self.channel = channel
        mailbox = Mailbox(limits: limits)
        let promise = channel.eventLoop.makePromise(of: Void.self)
        secured = promise.futureResult
        let handler = LinkHandler(
            role: role, mailbox: mailbox, limits: limits, secured: promise, securedBy: deadline)
        do {
            if let tls { try channel.pipeline.syncOperations.addHandler(tls) }
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            promise.fail(LinkError.closed)
            throw error
        }
    }

    func connection(peerKeyHash: KeyHash?) -> LinkConnection {
        LinkConnection(channel: channel, mailbox: mailbox, peerKeyHash: peerKeyHash)
    }
}

extension LinkConnection {
    /// A server's connection over a channel without TLS, for tests that send the event of the handshake's end
    /// themselves and control the time. Called on the channel's event loop.
    package static func overPlainChannel(_ channel: any Channel, limits: LinkLimits) throws -> LinkConnection {
        try UnsecuredConnection(
            on: channel, nil, role: .server(isRefused: false) { _ in }, limits: limits,
            securedBy: channel.eventLoop.now + TimeAmount(limits.securingTime)
        ).connection(peerKeyHash: nil)
    }
}
