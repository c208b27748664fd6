package import NIOCore

/// A connection whose TLS handshake may still be under way.
struct UnsecuredConnection: Sendable {
    let channel: any Channel
    let mailbox: Mailbox
    /// Fails with a ``LinkError`` if there will be no connection; it always ends, by the deadline at the latest.
    let secured: EventLoopFuture<Void>

    /// Puts all of a connection's handlers into the channel; on its event loop.
    ///
    /// - Parameters:
    ///   - tls: TLS's handler, or `nil` where something else tells that the handshake ended.
    ///   - deadline: when the handshake is to have ended.
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
    /// A server's connection over a channel that brings the event of the handshake's end itself, so that tests can
    /// say what happens when, in a time of their own. On the channel's event loop.
    package static func overPlainChannel(_ channel: any Channel, limits: LinkLimits) throws -> LinkConnection {
        try UnsecuredConnection(
            on: channel, nil, role: .server(isRefused: false) { _ in }, limits: limits,
            securedBy: channel.eventLoop.now + TimeAmount(limits.securingTime)
        ).connection(peerKeyHash: nil)
    }
}
