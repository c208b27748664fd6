package import Causality
package import Wire

/// A device that keeps in step with its server for as long as it runs: it connects, talks,
/// and when the connection is lost waits and connects again.
package struct SyncStateMachine: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Waits for its time, or to be woken; leads to ``connecting(attempt:)``.
        case offline(attempt: Int)
        /// Leads to ``talking(_:)`` or ``offline(attempt:)``.
        case connecting(attempt: Int)
        /// Leads to ``offline(attempt:)``.
        case talking(ClientConversation, attempt: Int)
    }

    package enum Action: Hashable, Sendable {
        case connect
        case converse(ClientConversation.Action)
        /// Come again after so long; see ``SyncStateMachine/retryDue()``.
        case retry(after: Duration)
        /// Not connected: why, if the server said so.
        case reportOffline(ErrorCode?)
    }

    /// The longest wait between two attempts to connect.
    package static let retryMax = Duration.seconds(60)
    static let retryFirst = Duration.milliseconds(500)

    package private(set) var state = State.offline(attempt: 0)
    package let spaces: [SpaceID]
    private var wantsRecord: [SpaceID: Bool] = [:]
    /// What is offered to a newcomer, until somebody committed himself to a claim of it.
    private var offered: PairingOffer?

    package init(_ spaces: [SpaceID]) {
        self.spaces = spaces
    }

    package mutating func start() -> [Action] { retryDue() }

    /// The time to wait is over, or something happened that makes another attempt worth while.
    package mutating func retryDue() -> [Action] {
        guard case .offline(let attempt) = state else { return [] }
        state = .connecting(attempt: attempt)
        return [.connect]
    }

    package mutating func connected(nonce: Nonce, keyHash: [UInt8]) -> [Action] {
        guard case .connecting(let attempt) = state else { return [] }
        var conversation = ClientConversation(spaces, nonce: nonce, keyHash: keyHash)
        var actions = conversation.connected()
        for (space, endsEpoch) in wantsRecord.sorted(by: { $0.key < $1.key }) {
            actions += conversation.recordWanted(in: space, endsEpoch: endsEpoch)
        }
        if let offered { actions += conversation.offer(offered) }
        state = .talking(conversation, attempt: attempt)
        return settled(actions)
    }

    /// The connection ended, or was never made.
    ///
    /// - Parameter jitter: a number from 0 to 1, drawn anew: a crowd that lost its server comes back one by one.
    package mutating func connectionLost(_ code: ErrorCode?, jitter: Double) -> [Action] {
        let attempt: Int
        switch state {
        case .offline: return []
        case .connecting(let count), .talking(_, let count): attempt = count
        }
        state = .offline(attempt: min(attempt + 1, 16))
        return [.reportOffline(code), .retry(after: Self.wait(attempt, jitter))]
    }

    package mutating func received(_ message: Message, byteCount: Int) -> [Action] {
        talk { $0.received(message, byteCount: byteCount) }
    }

    package mutating func proved(_ proof: Authentication) -> [Action] { talk { $0.proved(proof) } }

    package mutating func answered(
        _ answer: ReplicaAnswer, to question: ReplicaQuestion, of space: SpaceID
    ) -> [Action] {
        talk { $0.answered(answer, to: question, of: space) }
    }

    package mutating func timerFired(_ timer: ConversationTimer) -> [Action] { talk { $0.timerFired(timer) } }

    /// A replica was written to.
    package mutating func woken(_ space: SpaceID) -> [Action] { talk { $0.woken(space) } }

    /// A space that had to stop may begin again; see ``ClientConversation/Action/resume(_:after:)``.
    package mutating func resumeDue(_ space: SpaceID) -> [Action] { talk { $0.resumeDue(space) } }

    /// A person asked for a membership record; it is made when both sides are in step.
    package mutating func recordWanted(in space: SpaceID, endsEpoch: Bool) -> [Action] {
        wantsRecord[space] = endsEpoch
        return talk { $0.recordWanted(in: space, endsEpoch: endsEpoch) }
    }

    /// Waits for a newcomer, on this connection and those that follow it.
    package mutating func offer(_ offer: PairingOffer) -> [Action] {
        offered = offer
        return talk { $0.offer(offer) }
    }

    /// Lets in who claimed, if the connection is still that over which he did.
    package mutating func grant(_ sealed: [UInt8]) -> [Action] { talk { $0.grant(sealed) } }

    private mutating func talk(_ body: (inout ClientConversation) -> [ClientConversation.Action]) -> [Action] {
        guard case .talking(var conversation, let attempt) = state else { return [] }
        let actions = body(&conversation)
        state = .talking(conversation, attempt: attempt)
        return settled(actions)
    }

    /// Takes note of what was reported: who got in step starts again from the shortest wait.
    private mutating func settled(_ actions: [ClientConversation.Action]) -> [Action] {
        // A slot is good once. Who could commit himself again, after he has seen what is replied, could try until the
        // words come out as he likes.
        for case .committed in actions { offered = nil }
        for case .report(let space, let notice) in actions {
            switch notice {
            case .inStep: if case .talking(let conversation, _) = state { state = .talking(conversation, attempt: 0) }
            case .recordStands, .recordRefused: wantsRecord[space] = nil
            case .sent, .received, .serverWentBack, .forked, .rewrote, .withheld, .stuck, .missing, .unsettled,
                .unproved, .flooded, .beginsAgain, .keysRenewed, .spaceStopped:
                break
            }
        }
        return actions.map { .converse($0) }
    }

    /// Doubles from attempt to attempt, full jitter above half of it.
    private static func wait(_ attempt: Int, _ jitter: Double) -> Duration {
        let longest = min(retryFirst * (1 << min(attempt, 7)), retryMax)
        return longest / 2 + longest / 2 * jitter
    }
}
