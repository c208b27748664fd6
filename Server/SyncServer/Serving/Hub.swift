package import Causality
package import Link
import Synchronization
package import Wire

/// The registry of a daemon's connections: it tells conversations what ``Announcements`` bring, and announces what they
/// did.
///
/// Changes are merged per connection until it reads them, so a slow one is woken once for many.
package final class Hub: Sendable {
    /// The changes that one conversation has not read yet.
    package struct News: Sendable, Equatable {
        package var spaces: [SpaceID: SpaceNews] = [:]
        package var messages: [Message] = []
        package var end: ErrorCode?

        package init() {}

    }

    private struct Connection {
        var device: DeviceID?
        var spaces: Set<SpaceID> = []
        var news = News()
        /// Claims that it made for slots that were not offered.
        var missedClaimCount = 0
        let wakeUp: AsyncStream<Void>.Continuation
    }

    private struct State {
        var connections: [ConnectionID: Connection] = [:]
        var lastNumber: UInt64 = 0
        var attempts = AttemptTable()

        mutating func notify(_ id: ConnectionID, _ change: (inout News) -> Void) {
            guard var connection = connections[id] else { return }
            change(&connection.news)
            connections[id] = connection
            connection.wakeUp.yield()
        }
    }

    private let state = Mutex(State())
    let limits: ServingLimits
    private let announcements: any Announcements
    private let daemon = UInt64.random(in: .min ... .max)
    /// Spaces with paused devices, and the end of the pause; read only by ``endPauses()``. Pauses are each daemon's own,
    /// as the memory of its engine is.
    private let pauses: AsyncStream<(SpaceID, ContinuousClock.Instant)>
    private let pauseBegan: AsyncStream<(SpaceID, ContinuousClock.Instant)>.Continuation

    package init(_ limits: ServingLimits, _ announcements: any Announcements = LocalAnnouncements()) {
        self.limits = limits
        self.announcements = announcements
        (pauses, pauseBegan) = AsyncStream.makeStream()
        announcements.listen { [weak self] in self?.heard($0) }
    }

    /// Registers a conversation. Its stream yields when there are ``news(of:)``.
    package func enter() -> (ConnectionID, wakeUp: AsyncStream<Void>) {
        let (wakeUp, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.lastNumber += 1
            let id = ConnectionID(daemon: daemon, number: state.lastNumber)
            state.connections[id] = Connection(wakeUp: continuation)
            return id
        }
        return (id, wakeUp)
    }

    package func leave(_ id: ConnectionID) async {
        state.withLock { $0.connections.removeValue(forKey: id)?.wakeUp.finish() }
        for other in await announcements.changeSlots({ $0.leave(id) }) { announcements.announce(.pairingEnded(other)) }
    }

    /// Sets a conversation's device. Connections of the device beyond the limit end, the oldest first.
    package func admit(_ id: ConnectionID, _ device: DeviceID) {
        state.withLock { state in
            state.connections[id]?.device = device
            let all = state.connections.filter { $0.value.device == device }.keys.sorted()
            for old in all.dropLast(limits.connectionsPerDeviceMax) { state.notify(old) { $0.end = .busy } }
        }
    }

    /// Subscribes a conversation to a space.
    package func join(_ id: ConnectionID, _ space: SpaceID) {
        state.withLock { _ = $0.connections[id]?.spaces.insert(space) }
    }

    /// Tells all subscribers of a space about changes, except the one that made them.
    package func publish(_ space: SpaceID, _ news: SpaceNews, by id: ConnectionID?) {
        announcements.announce(.changed(space, news, by: id))
    }

    /// Ends every conversation of a device, or all conversations.
    package func end(_ code: ErrorCode, _ device: DeviceID? = nil) { announcements.announce(.end(code, device)) }

    /// Ends all conversations of this daemon alone.
    func stop() { heard(.end(.stopping, nil)) }

    private func heard(_ announcement: Announcement) {
        state.withLock { state in
            switch announcement {
            case .changed(let space, let news, let id):
                for (other, connection) in state.connections where other != id && connection.spaces.contains(space) {
                    state.notify(other) { $0.spaces[space, default: []].formUnion(news) }
                }
            case .message(let message, let id): state.notify(id) { $0.messages.append(message) }
            case .pairingEnded(let id): state.notify(id) { $0.end = .slot }
            case .end(let code, let device):
                for (id, connection) in state.connections where device == nil || connection.device == device {
                    state.notify(id) { $0.end = code }
                }
            }
        }
    }

    /// Takes the changes that a conversation has not read yet.
    package func news(of id: ConnectionID) -> News {
        state.withLock { state in
            defer { state.connections[id]?.news = News() }
            return state.connections[id]?.news ?? News()
        }
    }

    /// Schedules the end of a pause that begins now.
    package func paused(_ space: SpaceID) {
        pauseBegan.yield((space, .now + .milliseconds(SpaceService.pauseMillis)))
    }

    /// Publishes the end of each pause, so that postponed batches are retried; runs until cancelled.
    func endPauses() async {
        for await (space, end) in pauses {
            guard (try? await Task.sleep(until: end, clock: .continuous)) != nil else { return }
            publish(space, .moved, by: nil)
        }
    }

    package var connectionCount: Int { state.withLock { $0.connections.count } }

    // MARK: Unknown devices

    /// Whether an unknown device at this address may try to authenticate.
    package func mayTry(_ address: RemoteAddress?, now: ContinuousClock.Instant) -> Bool {
        guard let address else { return true }
        return state.withLock { $0.attempts.mayTry(address, now: now, limits) }
    }

    /// Counts a failed proof, or a claim of a slot that was not offered. Returns whether the address has just reached
    /// the limit.
    @discardableResult
    package func failed(_ address: RemoteAddress?, now: ContinuousClock.Instant) -> Bool {
        guard let address else { return false }
        return state.withLock { $0.attempts.failed(address, now: now, limits) }
    }

    /// Whether a connection has used up its claims.
    package func hasGuessed(_ id: ConnectionID) -> Bool {
        state.withLock { $0.connections[id]?.missedClaimCount ?? 0 } >= limits.missedClaimsMax
    }

    // MARK: Pairing

    /// A member offers a slot. Returns whether there was room for it.
    package func offer(_ slot: Slot, by id: ConnectionID, now: ContinuousClock.Instant) async -> Bool {
        guard let device = state.withLock({ $0.connections[id]?.device }) else { return false }
        return await announcements.changeSlots { [limits] in $0.offer(slot, by: id, device, now: now, limits) }
    }

    /// A newcomer claims a slot. Returns whether it was offered; a slot can be claimed once.
    package func commit(
        _ slot: Slot, _ hash: Hash256, by id: ConnectionID, now: ContinuousClock.Instant
    ) async -> Bool {
        let member = hasGuessed(id) ? nil : await announcements.changeSlots { $0.claim(slot, by: id, now: now) }
        if member == nil { state.withLock { $0.connections[id]?.missedClaimCount += 1 } }
        return bring(.commit(slot, hash), to: member)
    }

    /// The member replies to the commitment. Returns whether the newcomer waits for that.
    package func reply(_ slot: Slot, _ nonce: Nonce, by id: ConnectionID) async -> Bool {
        bring(.reply(slot, nonce), to: await announcements.changeSlots { $0.reply(slot, by: id) })
    }

    /// The newcomer reveals the claim. Returns whether the member waits for that.
    package func reveal(_ slot: Slot, sealed: [UInt8], by id: ConnectionID) async -> Bool {
        bring(.reveal(slot, sealed: sealed), to: await announcements.changeSlots { $0.reveal(slot, by: id) })
    }

    /// The member grants the claim. Returns whether the newcomer still waits.
    package func grant(_ slot: Slot, sealed: [UInt8], by id: ConnectionID) async -> Bool {
        bring(.grant(slot, sealed: sealed), to: await announcements.changeSlots { $0.grant(slot, by: id) })
    }

    private func bring(_ message: Message, to id: ConnectionID?) -> Bool {
        guard let id else { return false }
        announcements.announce(.message(message, to: id))
        return true
    }
}
