package import Causality
package import Wire

/// Keeps a device up to date with its server: it connects, runs a conversation, and after a lost connection waits and
/// reconnects.
package struct SyncStateMachine: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Waits for the backoff, or to be woken; leads to ``connecting(attempt:)``.
        case offline(attempt: Int)
        /// Leads to ``talking(_:)`` or ``offline(attempt:)``.
        case connecting(attempt: Int)
        /// Leads to ``offline(attempt:)``.
        case talking(ClientConversation, attempt: Int)
    }

    package enum Action: Hashable, Sendable {
        case connect
        case converse(ClientConversation.Action)
        /// Call ``SyncStateMachine/retryDue()`` after this time.
        case retry(after: Duration)
        /// Not connected; the code if the server sent one.
        case reportOffline(ErrorCode?)
    }

    /// The longest wait between two attempts to connect.
    package static let retryMax = Duration.seconds(60)
    private static let retryFirst = Duration.milliseconds(500)

    package private(set) var state = State.offline(attempt: 0)
    package let spaces: [SpaceID]
    private var wantsRecord: [SpaceID: Bool] = [:]
    /// The offer to a new device, until one has committed to a claim.
    private var offered: PairingOffer?

    package init(_ spaces: [SpaceID]) {
        self.spaces = spaces
    }

    package mutating func start() -> [Action] { retryDue() }

    /// The backoff is over, or an event makes another attempt worthwhile.
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

    /// The connection ended, or could not be made.
    ///
    /// - Parameter jitter: a random number from 0 to 1, so that clients do not all reconnect at once.
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

    /// The rest of a stopped space is over; see ``ClientConversation/Action/resume(_:after:)``.
    package mutating func resumeDue(_ space: SpaceID) -> [Action] { talk { $0.resumeDue(space) } }

    /// The user requested a membership record; it is made when both sides are up to date.
    package mutating func recordWanted(in space: SpaceID, endsEpoch: Bool) -> [Action] {
        wantsRecord[space] = endsEpoch
        return talk { $0.recordWanted(in: space, endsEpoch: endsEpoch) }
    }

    /// Offers a slot to a new device, on this connection and those that follow.
    package mutating func offer(_ offer: PairingOffer) -> [Action] {
        offered = offer
        return talk { $0.offer(offer) }
    }

    /// Admits the device that claimed the slot, if the connection is still the same.
    package mutating func grant(_ sealed: [UInt8]) -> [Action] { talk { $0.grant(sealed) } }

    private mutating func talk(_ body: (inout ClientConversation) -> [ClientConversation.Action]) -> [Action] {
        guard case .talking(var conversation, let attempt) = state else { return [] }
        // Taken out meanwhile: a second reference would copy its large state for each message.
        state = .offline(attempt: attempt)
        let actions = body(&conversation)
        state = .talking(conversation, attempt: attempt)
        return settled(actions)
    }

    /// Evaluates reports: the backoff is reset when both sides are up to date.
    private mutating func settled(_ actions: [ClientConversation.Action]) -> [Action] {
        // A slot is used once: a device that could commit again after seeing the reply could retry until the words
        // suit it.
        for case .committed in actions { offered = nil }
        for case .report(let space, let notice) in actions {
            switch notice {
            case .upToDate: if case .talking(let conversation, _) = state { state = .talking(conversation, attempt: 0) }
            case .recordAccepted, .recordRefused: wantsRecord[space] = nil
            case .sent, .received, .serverRestored, .forked, .rewrote, .withheld, .stuck, .missing, .unsettled,
                .unproved, .flooded, .beginsAgain, .keysRenewed, .spaceStopped:
                break
            }
        }
        return actions.map { .converse($0) }
    }

    /// Doubles with each attempt; the upper half is jitter.
    private static func wait(_ attempt: Int, _ jitter: Double) -> Duration {
        let longest = min(retryFirst * (1 << min(attempt, 7)), retryMax)
        return longest / 2 + longest / 2 * jitter
    }
}

/// What a conversation reports to the user, or to the command that runs it.
package enum SyncNotice: Hashable, Sendable {
    /// This many edits are now on the server's disk.
    case sent(Int)
    /// This many edits were received and are on this disk.
    case received(Int)
    /// The server lacks this many edits that it once held; they are being sent again.
    case serverRestored(Int)
    /// Different edits of these feeds were signed with the same dots, as two signatures prove; ours are rebased.
    case forked(feeds: [ReplicaID])
    /// Edits that could not keep their dots: the numbers of rebased and of quarantined ones.
    case rewrote(Int, quarantined: Int)
    /// The server claims to have this many edits of a feed, or another device saw them, and does not send them; or it
    /// sends edits without a valid author, or that refer to a record that it withholds.
    case withheld(ReplicaID, ErrorCode, edits: Int)
    /// The server refuses this feed, or claims without proof that it forked; other feeds continue.
    case stuck(ReplicaID, ErrorCode, edits: Int)
    /// This many edits that are shown or needed here came without contents, and the server claims to have none.
    case missing(Int)
    /// So many batches were refused that the space was given up for a while.
    case flooded(Int)
    /// The exchange restarts after a rest: alarms that persist are reported again.
    case beginsAgain
    /// Everything movable has moved, and the sides are not up to date; the reasons were reported before.
    case unsettled
    /// The server claimed something that no record proves.
    case unproved(ErrorCode)
    /// Neither side lacks anything of the other, as far as both have reported.
    case upToDate
    /// The requested record is in both logs.
    case recordAccepted
    /// The requested record was refused, and nothing changed.
    case recordRefused(ErrorCode)
    /// The newest key was invalid, or a removed device had it: this device started a new epoch itself.
    case keysRenewed
    /// The exchange of this space has ended until something changes.
    case spaceStopped(ErrorCode)
}
