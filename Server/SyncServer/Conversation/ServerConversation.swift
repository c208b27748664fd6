package import Causality
import Membership
package import Wire

/// The state machine of one connection on the server: a plain value, events in, actions out. It implements
/// `Protocol/SPEC.md`, whose table of states and messages is a test.
///
/// Every message is answered or ends the connection; no input traps.
package struct ServerConversation: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// Nothing was received yet; leads to ``proving(_:)`` or ``over``.
        case greeting
        /// `challenge` was sent; leads to ``talking(_:)``, ``unauthenticated`` or ``over``.
        case proving(Transcript)
        /// The device is unknown, and may claim a pairing slot; leads to ``over``.
        case unauthenticated
        /// The device is authenticated; leads to ``over``.
        case talking(DeviceID)
        /// Nothing more is sent or accepted.
        case over
    }

    package enum Action: Hashable, Sendable, TimedAction {
        case send(Message)
        /// The device is authenticated: long lines are allowed, and excess older connections of the device end.
        case admit(DeviceID)
        /// The device is unknown, and may wait as long as a pairing takes; its lines stay short.
        case admitUnauthenticated
        case ask(ServerQuestion)
        /// Tells all other conversations of this space about changes.
        case publish(SpaceID, SpaceNews)
        case offer(Slot), commit(Slot, Hash256), reply(Slot, Nonce), reveal(Slot, sealed: [UInt8])
        case grant(Slot, sealed: [UInt8])
        case startTimer(ConversationTimer)
        case cancelTimer(ConversationTimer)
        /// Ends the connection after the queued messages; `nil` for a regular end.
        case close(ErrorCode?)
    }

    package private(set) var phase = Phase.greeting
    package private(set) var spaces: [SpaceID: SpaceService] = [:]
    private let nonce: Nonce
    private let keyHash: [UInt8]
    private var credit = CreditWindow()
    private var watch = ConversationWatch()

    /// - Parameters:
    ///   - nonce: random, drawn for this connection.
    ///   - keyHash: the hash of this server's TLS key.
    package init(nonce: Nonce, keyHash: [UInt8]) {
        self.nonce = nonce
        self.keyHash = keyHash
    }

    package mutating func connected() -> [Action] { [.startTimer(.silence)] }

    package mutating func received(_ message: Message, byteCount: Int) -> [Action] {
        guard phase != .over else { return [] }
        watch.heard()
        return [.startTimer(.silence)] + heard(message, byteCount)
            + keepTime(isNews: message != .ping && message != .pong)
    }

    package mutating func answered(_ answer: ServerAnswer, to question: ServerQuestion) -> [Action] {
        switch (phase, answer) {
        case (.proving, .identified(let device, let spaces)):
            phase = .talking(device)
            return [.admit(device), .send(.welcome(spaces: Array(spaces.prefix(WireLimits.spacesMax))))]
        case (.proving, .stranger):
            phase = .unauthenticated
            return [.admitUnauthenticated, .send(.welcome(spaces: []))]
        case (.proving, .refused(.removed, _)):
            // A device that was offline may not have the record, and believes a removal only with it.
            guard case .identify(let proof, _) = question,
                let device = DeviceIdentity(signingKey: proof.signingKey, agreementKey: proof.agreementKey)
            else { return close(.removed) }
            return [.ask(.removal(nil, device.id))]
        case (.proving, .removal(let record)): return close(.removed, record)
        case (.proving, .refused(let code, _)): return close(code)
        case (.talking, _):
            guard let space = question.space else { return [] }
            return step(space) { $0.answered(answer, to: question, &$1) } + keepTime()
        case (.greeting, _), (.proving, _), (.unauthenticated, _), (.over, _): return []
        }
    }

    /// Another device changed a space, or a pause of it ended.
    package mutating func heard(_ news: SpaceNews, of space: SpaceID) -> [Action] {
        guard case .talking = phase, spaces[space] != nil else { return [] }
        return step(space) { $0.heard(news, &$1) } + keepTime()
    }

    /// The other side of a pairing took the next step.
    package func brought(_ message: Message) -> [Action] { phase == .over ? [] : [.send(message)] }

    package mutating func timerFired(_ timer: ConversationTimer) -> [Action] {
        guard phase != .over else { return [] }
        switch watch.fired(timer) {
        case .nothing: return []
        case .ping: return [.send(.ping), .startTimer(.silence)]
        case .timeout: return close(.timeout)
        }
    }

    /// The server stops, or ends this connection for another reason.
    package mutating func ends(_ code: ErrorCode) -> [Action] { phase == .over ? [] : close(code) }

    // MARK: Received messages

    private mutating func heard(_ message: Message, _ byteCount: Int) -> [Action] {
        switch (phase, message) {
        case (_, .bye):
            phase = .over
            return [.close(nil)]
        case (_, .error(let error)) where error.space == nil:
            phase = .over
            return [.close(nil)]
        case (.greeting, .hello(let versions, let theirs)):
            let challenge = Action.send(.challenge(versions: .ours, nonce: nonce))
            guard let version = VersionRange.ours.greatestCommon(with: versions) else {
                return [challenge] + close(.version)
            }
            phase = .proving(Transcript(version: version, client: theirs, server: nonce, keyHash: keyHash))
            return [challenge]
        case (.proving(let transcript), .auth(let proof)): return [.ask(.identify(proof, transcript))]
        case (.unauthenticated, .commit(let slot, let hash)): return [.commit(slot, hash)]
        case (.unauthenticated, .reveal(let slot, let sealed)): return [.reveal(slot, sealed: sealed)]
        case (.unauthenticated, .ping): return [.send(.pong)]
        case (.unauthenticated, .pong): return []
        case (.unauthenticated, _): return close(.device)
        case (.talking, _): return talk(message, byteCount)
        case (.greeting, _), (.proving, _), (.over, _): return close(.unexpected)
        }
    }

    private mutating func talk(_ message: Message, _ byteCount: Int) -> [Action] {
        switch message {
        case .ping: return [.send(.pong)]
        case .pong: return []
        case .credit(let bytes):
            guard credit.receiveGrant(bytes) else { return close(.unexpected) }
            return spaces.keys.sorted().flatMap { step($0) { $0.granted(&$1) } }
        case .offer(let slot): return [.offer(slot)]
        case .commit(let slot, let hash): return [.commit(slot, hash)]
        case .reply(let slot, let nonce): return [.reply(slot, nonce)]
        case .reveal(let slot, let sealed): return [.reveal(slot, sealed: sealed)]
        case .grant(let slot, let sealed): return [.grant(slot, sealed: sealed)]
        default: break
        }
        if message.isCounted, !credit.receive(byteCount) { return close(.unexpected) }
        guard let space = message.space else { return close(.unexpected) }
        if spaces[space] == nil {
            guard case .log = message, spaces.count < WireLimits.spacesMax else { return close(.unexpected) }
            spaces[space] = SpaceService(space)
        }
        return step(space) { $0.received(message, byteCount: byteCount, &$1) }
    }

    private mutating func step(
        _ space: SpaceID, _ body: (inout SpaceService, inout CreditWindow) -> [SpaceService.Step]
    ) -> [Action] {
        // Removed meanwhile, since a value with two owners would be copied, and it is large.
        guard var service = spaces.removeValue(forKey: space) else { return [] }
        let steps = body(&service, &credit)
        spaces[space] = service
        var actions: [Action] = []
        for step in steps {
            switch step {
            case .send(let message): actions.append(.send(message))
            case .ask(let question): actions.append(.ask(question))
            case .publish(let news): actions.append(.publish(space, news))
            case .close(let code): return actions + close(code)
            }
        }
        return actions
    }

    private mutating func keepTime(isNews: Bool = false) -> [Action] {
        guard phase != .over else { return [] }
        let isDue = spaces.values.contains { $0.isWaiting }
        return ConversationWatch.Change.actions(watch.answers(areDue: isDue, isNews: isNews))
    }

    private mutating func close(_ code: ErrorCode, _ record: [UInt8]? = nil) -> [Action] {
        phase = .over
        return [.send(.error(WireError(code, record: record))), .close(code)]
    }
}

// MARK: - Pairing

extension ServerConversation {
    /// The result of a pairing step; `nil` if it was delivered.
    package func paired(_ refusal: ErrorCode?) -> [Action] {
        guard phase != .over, let refusal else { return [] }
        return [.send(.error(WireError(refusal)))]
    }

    /// A message of an unknown type was received.
    ///
    /// An authenticated device gets an answer, and the conversation goes on. Any other client could have the server
    /// answer without end, so the answer to it is the last.
    package mutating func receivedUnknown() -> [Action] {
        switch phase {
        case .over: []
        case .greeting, .proving: close(.unexpected)
        case .unauthenticated: close(.unknown)
        case .talking: [.send(.error(WireError(.unknown)))]
        }
    }
}
