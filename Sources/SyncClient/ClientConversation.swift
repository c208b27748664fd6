package import Causality
package import Wire

/// The client's side of one connection, as a pure state machine: events in, actions out. It implements
/// `Protocol/SPEC.md`.
package struct ClientConversation: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// `hello` was sent; leads to ``proving(version:)`` or ``over``.
        case greeting
        /// `auth` was sent; leads to ``talking`` or ``over``.
        case proving(version: Int)
        /// The server has accepted this device. Leads to ``over``.
        case talking
        /// Nothing more is sent or taken.
        case over
    }

    package enum Action: Hashable, Sendable, TimedAction {
        case send(Message)
        /// Sign the proof of this device's identity; answered with ``ClientConversation/proved(_:)``.
        case prove(Transcript)
        /// Allow long lines: the server has accepted this device.
        case admit
        case ask(SpaceID, ReplicaQuestion)
        case report(SpaceID, SyncNotice)
        /// A device committed to a claim of the offered slot, which nobody else can use from now on.
        case committed
        /// A device shows its claim; see ``ClientConversation/grant(_:)``.
        case claimed(BroughtClaim)
        /// The server has delivered the grant.
        case granted
        /// Restart a space after this time; answered with ``ClientConversation/resumeDue(_:)``.
        case resume(SpaceID, after: Duration)
        case startTimer(ConversationTimer)
        case cancelTimer(ConversationTimer)
        /// Close the connection after the pending messages; `nil` if there was no error.
        case close(ErrorCode?)
    }

    package private(set) var phase = Phase.greeting
    package private(set) var spaces: [SpaceID: SpaceExchange] = [:]
    private let nonce: Nonce
    private let keyHash: [UInt8]
    private var credit = CreditWindow()
    private var watch = ConversationWatch()
    private var pairing = PairingSlot()
    /// Spaces that wait for `pong`s, and how many each still needs.
    private var probes: [SpaceID: Int] = [:]
    /// The number of consecutive messages without progress.
    private var idleMessages = 0

    /// How many consecutive messages without progress still count as a pending answer.
    package static let idleMessagesMax = 32

    /// - Parameters:
    ///   - spaces: the spaces to exchange.
    ///   - nonce: fresh for this connection.
    ///   - keyHash: the hash of the server's TLS key.
    package init(_ spaces: [SpaceID], nonce: Nonce, keyHash: [UInt8]) {
        self.nonce = nonce
        self.keyHash = keyHash
        for space in spaces { self.spaces[space] = SpaceExchange(space) }
    }

    package mutating func connected() -> [Action] {
        [.send(.hello(versions: .ours, nonce: nonce)), .startTimer(.silence)] + keepTime()
    }

    package mutating func received(_ message: Message, byteCount: Int) -> [Action] {
        guard phase != .over else { return [] }
        watch.heard()
        let before = brought
        let actions = heard(message, byteCount)
        return [.startTimer(.silence)] + actions + keepTime(isNews: isNews(message, since: before))
    }

    package mutating func proved(_ proof: Authentication) -> [Action] {
        guard case .proving = phase else { return [] }
        return [.send(.auth(proof))]
    }

    package mutating func answered(
        _ answer: ReplicaAnswer, to question: ReplicaQuestion, of space: SpaceID
    ) -> [Action] {
        guard phase == .talking else { return [] }
        let before = brought
        let actions = step(space) { $0.answered(answer, to: question, &$1) }
        if brought > before { idleMessages = 0 }
        return actions + keepTime()
    }

    /// A replica was written to.
    package mutating func woken(_ space: SpaceID) -> [Action] {
        guard phase == .talking else { return [] }
        return step(space) { $0.woken(&$1) } + keepTime()
    }

    /// The pause of a stopped space is over.
    package mutating func resumeDue(_ space: SpaceID) -> [Action] {
        guard phase == .talking else { return [] }
        return step(space) { exchange, _ in exchange.resume() } + keepTime()
    }

    /// The user requested a membership record.
    package mutating func recordWanted(in space: SpaceID, endsEpoch: Bool) -> [Action] {
        guard phase != .over else { return [] }
        return step(space) { exchange, _ in exchange.recordWanted(endsEpoch: endsEpoch) } + keepTime()
    }

    package mutating func timerFired(_ timer: ConversationTimer) -> [Action] {
        guard phase != .over else { return [] }
        switch watch.fired(timer) {
        case .nothing: return []
        case .ping:
            pairing.pinged()
            return [.send(.ping), .startTimer(.silence)]
                + (phase == .talking
                    ? spaces.keys.sorted().flatMap { step($0) { exchange, _ in exchange.repeatQuestions() } } : [])
                + keepTime()
        case .timeout: return close(.timeout)
        }
    }

    /// Offers a slot to a new device: a commitment to a claim of it is reported as ``Action/committed``, and the
    /// claim as ``Action/claimed(_:)``, once each.
    package mutating func offer(_ offer: PairingOffer) -> [Action] {
        pairing.offer(offer)
        return phase == .talking ? [.send(.offer(offer.slot))] : []
    }

    /// Admits the device that claimed the slot; reported as ``Action/granted`` once the server has delivered it. The
    /// conversation ends with `slot` if the device is gone.
    package mutating func grant(_ sealed: [UInt8]) -> [Action] {
        guard phase == .talking, let slot = pairing.grant() else { return [] }
        return [.send(.grant(slot, sealed: sealed)), .send(.ping)]
    }

    /// Ends the conversation.
    package mutating func finish() -> [Action] {
        guard phase != .over else { return [] }
        phase = .over
        return [.send(.bye), .close(nil)]
    }

    // MARK: Received messages

    private var brought: Int { spaces.values.reduce(0) { $0 + $1.brought } }

    /// Whether the message shows that an answer may follow: neither keep-alives nor a long run of messages without
    /// progress do.
    private mutating func isNews(_ message: Message, since before: Int) -> Bool {
        guard message != .ping, message != .pong else { return false }
        idleMessages = brought > before ? 0 : idleMessages + 1
        return idleMessages <= Self.idleMessagesMax || !Defence.endsWaits.isUp
    }

    private mutating func heard(_ message: Message, _ byteCount: Int) -> [Action] {
        switch (phase, message) {
        case (_, .ping): return [.send(.pong)]
        case (_, .pong): return ponged()
        case (_, .bye):
            phase = .over
            return [.close(nil)]
        case (.greeting, .challenge(let versions, let theirs)):
            guard let version = VersionRange.ours.greatestCommon(with: versions) else { return close(.version) }
            phase = .proving(version: version)
            return [.prove(Transcript(version: version, client: nonce, server: theirs, keyHash: keyHash))]
        case (.proving, .welcome):
            phase = .talking
            return [.admit] + (pairing.offered.map { [.send(.offer($0.slot))] } ?? [])
                + spaces.keys.sorted().flatMap { step($0) { exchange, _ in exchange.begin() } }
        case (.proving, .error(let error)) where error.code == .removed && error.record != nil:
            let record = error.record ?? []
            return spaces.keys.sorted().map { .ask($0, .noteRemoval(record)) } + close(.removed)
        case (.greeting, .error(let error)), (.proving, .error(let error)): return close(error.code)
        case (.talking, _): return talk(message, byteCount)
        case (.greeting, _), (.proving, _), (.over, _): return close(.unexpected)
        }
    }

    private mutating func ponged() -> [Action] {
        let isDue = pairing.pongsDue > 0
        let granted: [Action] = pairing.ponged() ? [.granted] : []
        guard isDue, phase == .talking else { return granted }
        var answered: [SpaceID] = []
        for (space, left) in probes {
            probes[space] = left > 1 ? left - 1 : nil
            if left == 1 { answered.append(space) }
        }
        return granted + answered.sorted().flatMap { step($0) { exchange, _ in exchange.probed() } }
    }

    private mutating func talk(_ message: Message, _ byteCount: Int) -> [Action] {
        if case .credit(let bytes) = message {
            guard credit.receiveGrant(bytes) else { return close(.unexpected) }
            return spaces.keys.sorted().flatMap { step($0) { $0.granted(&$1) } }
        }
        if case .commit(let slot, let hash) = message, let nonce = pairing.committed(slot, hash) {
            return [.committed, .send(.reply(slot, nonce))]
        }
        if case .reveal(let slot, let sealed) = message, let claim = pairing.revealed(slot, sealed) {
            return [.claimed(claim)]
        }
        if message.isCounted, !credit.receive(byteCount) { return close(.unexpected) }
        guard let space = message.space else {
            if case .error(let error) = message { return close(error.code) }
            return close(.unexpected)
        }
        guard spaces[space] != nil else { return close(.unexpected) }
        return step(space) { $0.received(message, byteCount: byteCount, &$1) }
    }

    private mutating func step(
        _ space: SpaceID, _ body: (inout SpaceExchange, inout CreditWindow) -> [SpaceExchange.Step]
    ) -> [Action] {
        // Removed meanwhile: a second reference would copy its large state for each message.
        guard var exchange = spaces.removeValue(forKey: space) else { return [] }
        let steps = body(&exchange, &credit)
        spaces[space] = exchange
        var actions: [Action] = []
        for step in steps {
            switch step {
            case .send(let message): actions.append(.send(message))
            case .ask(let question): actions.append(.ask(space, question))
            case .report(let notice): actions.append(.report(space, notice))
            case .probe:
                pairing.pinged()
                probes[space] = pairing.pongsDue
                actions.append(.send(.ping))
            case .resume(let wait): actions.append(.resume(space, after: wait))
            case .close(let code): return actions + close(code)
            }
        }
        return actions
    }

    private mutating func keepTime(isNews: Bool = false) -> [Action] {
        let isDue =
            switch phase {
            case .greeting, .proving: true
            case .talking: spaces.values.contains { $0.isWaiting }
            case .over: false
            }
        return ConversationWatch.Change.actions(watch.answers(areDue: isDue, isNews: isNews))
    }

    private mutating func close(_ code: ErrorCode) -> [Action] {
        phase = .over
        return [.close(code)]
    }
}
