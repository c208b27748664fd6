package import Causality
package import Link
import Synchronization
package import Wire

/// Who is connected: tells conversations what others brought.
///
/// It holds nothing that may not be lost; a conversation that hears nothing finds what is
/// new when it next opens. Each has a bell of bits, so a slow one is told once for many.
package final class Hub: Sendable {
    /// What waits to be told to one conversation.
    package struct News: Sendable, Equatable {
        package var spaces: [SpaceID: SpaceNews] = [:]
        package var messages: [Message] = []
        package var end: ErrorCode?

        package init() {}

    }

    package typealias ConnectionID = UInt64

    private struct Guest {
        var device: DeviceID?
        var spaces: Set<SpaceID> = []
        var news = News()
        let bell: AsyncStream<Void>.Continuation
    }

    private struct State {
        var guests: [ConnectionID: Guest] = [:]
        var nextID: ConnectionID = 1
        var slots = SlotTable()
        var attempts = AttemptTable()

        mutating func tell(_ id: ConnectionID, _ change: (inout News) -> Void) {
            guard var guest = guests[id] else { return }
            change(&guest.news)
            guests[id] = guest
            guest.bell.yield()
        }
    }

    private let state = Mutex(State())
    let limits: ServingLimits
    /// Spaces with devices that are paused, and until when; read by ``endPauses()`` alone.
    private let pauses: AsyncStream<(SpaceID, ContinuousClock.Instant)>
    private let pauseBegan: AsyncStream<(SpaceID, ContinuousClock.Instant)>.Continuation

    package init(_ limits: ServingLimits) {
        self.limits = limits
        (pauses, pauseBegan) = AsyncStream.makeStream()
    }

    /// A conversation begins. Its bell rings when there are ``news(of:)``.
    package func enter() -> (ConnectionID, bell: AsyncStream<Void>) {
        let (bell, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            state.guests[state.nextID] = Guest(bell: continuation)
            return state.nextID
        }
        return (id, bell)
    }

    package func leave(_ id: ConnectionID) {
        state.withLock { state in
            state.guests.removeValue(forKey: id)?.bell.finish()
            for other in state.slots.leave(id) { state.tell(other) { $0.end = .slot } }
        }
    }

    /// A conversation knows now whose it is. What the device left behind ends, the oldest first.
    package func admit(_ id: ConnectionID, _ device: DeviceID) {
        state.withLock { state in
            state.guests[id]?.device = device
            let all = state.guests.filter { $0.value.device == device }.keys.sorted()
            for old in all.dropLast(limits.connectionsPerDeviceMax) { state.tell(old) { $0.end = .busy } }
        }
    }

    /// A conversation takes part in a space.
    package func join(_ id: ConnectionID, _ space: SpaceID) {
        state.withLock { _ = $0.guests[id]?.spaces.insert(space) }
    }

    /// Something new is in a space: all who take part in it hear of it, but for who brought it.
    package func publish(_ space: SpaceID, _ news: SpaceNews, by id: ConnectionID?) {
        state.withLock { state in
            for (other, guest) in state.guests where other != id && guest.spaces.contains(space) {
                state.tell(other) { $0.spaces[space, default: []].formUnion(news) }
            }
        }
    }

    /// Ends every conversation of a device, or all.
    package func end(_ code: ErrorCode, _ device: DeviceID? = nil) {
        state.withLock { state in
            for (id, guest) in state.guests where device == nil || guest.device == device {
                state.tell(id) { $0.end = code }
            }
        }
    }

    /// What there is to tell, once.
    package func news(of id: ConnectionID) -> News {
        state.withLock { state in
            defer { state.guests[id]?.news = News() }
            return state.guests[id]?.news ?? News()
        }
    }

    /// Devices of a space are paused from now on.
    package func paused(_ space: SpaceID) {
        pauseBegan.yield((space, .now + .milliseconds(SpaceService.pauseMillis)))
    }

    /// Tells, for as long as it runs, when a pause is over, so that what was postponed goes on.
    func endPauses() async {
        for await (space, end) in pauses {
            guard (try? await Task.sleep(until: end, clock: .continuous)) != nil else { return }
            publish(space, .moved, by: nil)
        }
    }

    package var connectionCount: Int { state.withLock { $0.guests.count } }

    // MARK: Strangers

    /// Whether somebody at this address may try to prove who he is.
    package func mayTry(_ address: RemoteAddress?, now: ContinuousClock.Instant) -> Bool {
        guard let address else { return true }
        return state.withLock { $0.attempts.mayTry(address, now: now, limits) }
    }

    /// Somebody at this address did not, or claimed what nobody offered. Returns whether the address is refused from
    /// now on.
    @discardableResult
    package func failed(_ address: RemoteAddress?, now: ContinuousClock.Instant) -> Bool {
        guard let address else { return false }
        return state.withLock { $0.attempts.failed(address, now: now, limits) }
    }

    /// Whether a connection may claim no more.
    package func hasGuessed(_ id: ConnectionID) -> Bool { state.withLock { $0.slots.hasGuessed(id, limits) } }

    // MARK: Pairing

    /// A member waits for a claim. Returns whether there was room for that.
    package func offer(_ slot: Slot, by id: ConnectionID, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let device = state.guests[id]?.device else { return false }
            return state.slots.offer(slot, by: id, device, now: now, limits)
        }
    }

    /// A stranger claims a slot. Returns whether somebody waited for it; it burns at once.
    package func commit(_ slot: Slot, _ hash: Hash256, by id: ConnectionID, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let member = state.slots.claim(slot, by: id, now: now, limits) else { return false }
            state.tell(member) { $0.messages.append(.commit(slot, hash)) }
            return true
        }
    }

    /// The member replies to who committed himself. Returns whether he waits for that.
    package func reply(_ slot: Slot, _ nonce: Nonce, by id: ConnectionID) -> Bool {
        state.withLock { state in
            guard let stranger = state.slots.reply(slot, by: id) else { return false }
            state.tell(stranger) { $0.messages.append(.reply(slot, nonce)) }
            return true
        }
    }

    /// Who committed himself shows the claim. Returns whether the member waits for that.
    package func reveal(_ slot: Slot, sealed: [UInt8], by id: ConnectionID) -> Bool {
        state.withLock { state in
            guard let member = state.slots.reveal(slot, by: id) else { return false }
            state.tell(member) { $0.messages.append(.reveal(slot, sealed: sealed)) }
            return true
        }
    }

    /// A member lets the stranger in. Returns whether the stranger still waits.
    package func grant(_ slot: Slot, sealed: [UInt8], by id: ConnectionID) -> Bool {
        state.withLock { state in
            guard let stranger = state.slots.grant(slot, by: id) else { return false }
            state.tell(stranger) { $0.messages.append(.grant(slot, sealed: sealed)) }
            return true
        }
    }
}
