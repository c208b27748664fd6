import Between
import SyncServer
import TestSupport
import Wire

/// The network, and timers.
extension World {
    /// A process connects to the server.
    mutating func dial(_ device: Int, _ run: Int) {
        guard devices[device].run == run, devices[device].machine != nil else { return }
        guard isServerUp, !ground.generator.chance(faults.cut) else {
            let jitter = Double.random(in: 0...1, using: &ground.generator)
            return tell(device) { $0.connectionLost(nil, jitter: jitter) }
        }
        linkCount += 1
        let link = linkCount
        guard let ours = Nonce(bytes(link, 1)), let theirs = Nonce(bytes(link, 2)) else { return }
        links[link] = Link(
            device: device, run: run, conversation: ServerConversation(nonce: theirs, keyHash: Self.keyHash))
        devices[device].link = link
        devices[device].rewritings = 0
        devices[device].toldMissing = 0
        devices[device].isTold = false
        trace.add("\(Trace.short(now)) d\(device) s\(link) connected")
        tellServer(link) { $0.connected() }
        tell(device) { $0.connected(nonce: ours, keyHash: Self.keyHash) }
    }

    static let keyHash = [UInt8](repeating: 4, count: 32)

    private func bytes(_ link: Int, _ purpose: UInt8) -> [UInt8] {
        [UInt8(truncatingIfNeeded: link >> 8), UInt8(truncatingIfNeeded: link), purpose]
            + [UInt8](repeating: 0, count: Nonce.byteCount - 3)
    }

    /// Sends a message to this side, or the end of the stream.
    mutating func send(_ message: Message?, _ link: Int, to side: Side) {
        guard links[link] != nil, links[link]?[side].isClosed == false else { return }
        if message == nil { links[link]?[side].isClosed = true }
        guard links[link]?[side].isDead == false else { return }
        if ground.generator.chance(faults.halfOpen) {
            tally.count(.halfOpen)
            trace.add("\(Trace.short(now)) s\(link) no more to \(side)")
            links[link]?[side].isDead = true
            return
        }
        if let message {
            let mayLose = losesOnlyTo.map { side == .client && links[link]?.device == $0 } ?? true
            if mayLose, let loses = losesNext.first, loses(message) {
                losesNext.removeFirst()
                return
            }
            if ground.generator.chance(faults.cut) {
                tally.count(.cut)
                return cutOff(link)
            }
            if ground.generator.chance(faults.loss) {
                tally.count(.loss)
                trace.add("\(Trace.short(now)) s\(link) lost to \(side): \(Trace.short(message))")
                return
            }
        }
        let times = ground.generator.chance(faults.duplicate) ? 2 : 1
        if times == 2 { tally.count(.duplicate) }
        for _ in 0..<times {
            let delay = draw(side == .client ? faults.delayDown : faults.delayUp)
            let time = max(now + delay, links[link]?[side].last ?? .zero)
            links[link]?[side].last = time
            if !isHealing { lastArrival = max(lastArrival, time) }
            schedule(.arrival(link, side, message), after: time - now)
        }
    }

    /// Ends a connection: messages in flight are lost, and both sides learn of it after a delay each.
    mutating func cutOff(_ link: Int) {
        trace.add("\(Trace.short(now)) s\(link) cut")
        for side in [Side.client, .server] where links[link]?[side].isClosed == false {
            links[link]?[side].isDead = true
            links[link]?[side].isClosed = true
            schedule(.arrival(link, side, nil), after: draw(.seconds(1)))
        }
    }

    mutating func arrive(_ link: Int, _ side: Side, _ message: Message?) {
        guard var place = links[link] else { return }
        // A dead direction carries nothing but the end of the connection.
        if place[side].isDead, message != nil { return }
        var received: (message: Message, byteCount: Int)?
        if let message {
            tally.count(.message)
            received = place[side].reader.read(message, usesBytes: usesBytes)
            guard received != nil else { return ground.violate("read otherwise than written: \(Trace.short(message))") }
            links[link]?[side].reader = place[side].reader
        }
        switch side {
        case .client:
            guard devices[place.device].link == link, devices[place.device].run == place.run else { return }
            trace.add("\(Trace.short(now)) d\(place.device) <- \(message.map(Trace.short) ?? "end")")
            guard let (message, byteCount) = received else { return clientEnds(place.device, nil) }
            if ground.bug == .neverOpensAgain, case .error(let error) = message, error.dot != nil { return }
            tell(place.device) { $0.received(message, byteCount: byteCount) }
        case .server:
            guard place.conversation != nil else { return }
            trace.add("\(Trace.short(now)) s\(link) <- \(message.map(Trace.short) ?? "end")")
            guard let (message, byteCount) = received else { return serverEnds(link) }
            tellServer(link) { $0.received(message, byteCount: byteCount) }
        }
    }

    // MARK: Timers

    mutating func startTimer(_ link: Int, _ side: Side, _ timer: ConversationTimer) {
        let count = (links[link]?.timers[.init(side: side, timer: timer)] ?? 0) + 1
        links[link]?.timers[.init(side: side, timer: timer)] = count
        schedule(.timer(link, side, timer, count), after: timer.duration)
    }

    mutating func cancelTimer(_ link: Int, _ side: Side, _ timer: ConversationTimer) {
        links[link]?.timers[.init(side: side, timer: timer), default: 0] += 1
    }

    mutating func fire(_ link: Int, _ side: Side, _ timer: ConversationTimer, _ count: Int) {
        guard let place = links[link], place.timers[.init(side: side, timer: timer)] == count else { return }
        switch side {
        case .client:
            guard devices[place.device].link == link, devices[place.device].run == place.run else { return }
            tell(place.device) { $0.timerFired(timer) }
        case .server:
            guard place.conversation != nil else { return }
            tellServer(link) { $0.timerFired(timer) }
        }
    }
}
