package import Causality
package import Link
import Synchronization
package import Wire

/// The registry of connections: it tells conversations about changes that others made.
///
/// Its state may be lost: a conversation that misses a change finds it when it next opens the space. Changes are
/// merged per connection until it reads them, so a slow one is woken once for many.
package final class Hub: Sendable {
    /// The changes that one conversation has not read yet.
    package struct News: Sendable, Equatable {
        package var spaces: [SpaceID: SpaceNews] = [:]
        package var messages: [Message] = []
        package var end: ErrorCode?

        package init() {}

    }

    package typealias ConnectionID = UInt64

    private struct Connection {
        var device: DeviceID?
        var spaces: Set<SpaceID> = []
        var news = News()
        let wakeUp: AsyncStream<Void>.Continuation
    }

    private struct State {
        var connections: [ConnectionID: Connection] = [:]
        var nextID: ConnectionID = 1
        var slots = SlotTable()
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
    /// Spaces with paused devices, and the end of the pause; read only by ``endPauses()``.
    private let pauses: AsyncStream<(SpaceID, ContinuousClock.Instant)>
    private let pauseBegan: AsyncStream<(SpaceID, ContinuousClock.Instant)>.Continuation

    package init(_ limits: ServingLimits) {
        self.limits = limits
        (pauses, pauseBegan) = AsyncStream.makeStream()
    }

    /// Registers a conversation. Its stream yields when there are ``news(of:)``.
    package func enter() -> (ConnectionID, wakeUp: AsyncStream<Void>) {
        let (wakeUp, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            state.connections[state.nextID] = Connection(wakeUp: continuation)
            return state.nextID
        }
        return (id, wakeUp)
    }

    package func leave(_ id: ConnectionID) {
        state.withLock { state in
            state.connections.removeValue(forKey: id)?.wakeUp.finish()
            for other in state.slots.leave(id) { state.notify(other) { $0.end = .slot } }
        }
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
        state.withLock { state in
            for (other, connection) in state.connections where other != id && connection.spaces.contains(space) {
                state.notify(other) { $0.spaces[space, default: []].formUnion(news) }
            }
        }
    }

    /// Ends every conversation of a device, or all conversations.
    package func end(_ code: ErrorCode, _ device: DeviceID? = nil) {
        state.withLock { state in
            for (id, connection) in state.connections where device == nil || connection.device == device {
                state.notify(id) { $0.end = code }
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
    package func hasGuessed(_ id: ConnectionID) -> Bool { state.withLock { $0.slots.hasGuessed(id, limits) } }

    // MARK: Pairing

    /// A member offers a slot. Returns whether there was room for it.
    package func offer(_ slot: Slot, by id: ConnectionID, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let device = state.connections[id]?.device else { return false }
            return state.slots.offer(slot, by: id, device, now: now, limits)
        }
    }

    /// A newcomer claims a slot. Returns whether it was offered; a slot can be claimed once.
    package func commit(_ slot: Slot, _ hash: Hash256, by id: ConnectionID, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let member = state.slots.claim(slot, by: id, now: now, limits) else { return false }
            state.notify(member) { $0.messages.append(.commit(slot, hash)) }
            return true
        }
    }

    /// The member replies to the commitment. Returns whether the newcomer waits for that.
    package func reply(_ slot: Slot, _ nonce: Nonce, by id: ConnectionID) -> Bool {
        state.withLock { state in
            guard let stranger = state.slots.reply(slot, by: id) else { return false }
            state.notify(stranger) { $0.messages.append(.reply(slot, nonce)) }
            return true
        }
    }

    /// The newcomer reveals the claim. Returns whether the member waits for that.
    package func reveal(_ slot: Slot, sealed: [UInt8], by id: ConnectionID) -> Bool {
        state.withLock { state in
            guard let member = state.slots.reveal(slot, by: id) else { return false }
            state.notify(member) { $0.messages.append(.reveal(slot, sealed: sealed)) }
            return true
        }
    }

    /// The member grants the claim. Returns whether the newcomer still waits.
    package func grant(_ slot: Slot, sealed: [UInt8], by id: ConnectionID) -> Bool {
        state.withLock { state in
            guard let stranger = state.slots.grant(slot, by: id) else { return false }
            state.notify(stranger) { $0.messages.append(.grant(slot, sealed: sealed)) }
            return true
        }
    }
}
