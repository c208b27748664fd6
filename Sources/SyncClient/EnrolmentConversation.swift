package import Causality
import Membership
package import Wire

/// The client's side of a connection without a replica of the space: it claims membership, or reads the membership
/// log and appends to it. A pure state machine: events in, actions out; no edits are exchanged.
package struct EnrolmentConversation: Hashable, Sendable {
    package enum Enrolment: Hashable, Sendable {
        /// Claims a slot that a member offered: sends the commitment, reveals the sealed claim after the member's
        /// reply, and waits for the grant.
        case claim(Slot, Hash256, sealed: [UInt8])
        /// Reads the log of a space, or of the device's only space.
        case readLog(SpaceID?)
        /// Lists the spaces of the device, as the server reports them.
        case listSpaces
    }

    package enum Phase: Hashable, Sendable {
        /// `hello` was sent; leads to ``proving(version:)`` or ``over``.
        case greeting
        /// `auth` was sent; leads to ``claiming``, ``waiting``, ``reading(_:_:)`` or ``over``.
        case proving(version: Int)
        /// `commit` was sent, with the claim to reveal; leads to ``waiting`` or ``over``.
        case claiming(Slot, sealed: [UInt8])
        /// `reveal` was sent; leads to ``over``.
        case waiting(Slot)
        /// `log` was sent, and these records have arrived; leads to ``atRest(_:_:)`` or ``over``.
        case reading(SpaceID, [LinkedRecord])
        /// All records are read; leads to ``appending(_:_:)`` or ``over``.
        case atRest(SpaceID, LogEnd)
        /// A record was sent; leads to ``over``.
        case appending(SpaceID, LinkedRecord)
        /// Nothing more is sent or taken.
        case over
    }

    package enum Action: Hashable, Sendable, TimedAction {
        case send(Message)
        /// Sign the proof of this device's identity; answered with ``EnrolmentConversation/proved(_:)``.
        case prove(Transcript)
        /// The member replied to the commitment; the claim is revealed next.
        case replied(Nonce)
        /// The member admits this device.
        case granted([UInt8])
        /// The spaces that the server reports.
        case spaces([SpaceID])
        /// The whole log, not verified.
        case read(SpaceID, [LinkedRecord])
        /// The appended record is in the server's log.
        case accepted
        case startTimer(ConversationTimer)
        case cancelTimer(ConversationTimer)
        /// Close the connection after the pending messages; `nil` if there was no error.
        case close(ErrorCode?)
    }

    package private(set) var phase = Phase.greeting
    private let enrolment: Enrolment
    private let nonce: Nonce
    private let keyHash: [UInt8]
    private var watch = ConversationWatch()
    /// The size of the received records in bytes.
    private var logLength = 0

    /// - Parameters:
    ///   - nonce: fresh for this connection.
    ///   - keyHash: the hash of the server's TLS key.
    package init(_ enrolment: Enrolment, nonce: Nonce, keyHash: [UInt8]) {
        self.enrolment = enrolment
        self.nonce = nonce
        self.keyHash = keyHash
    }

    package mutating func connected() -> [Action] {
        [.send(.hello(versions: .ours, nonce: nonce)), .startTimer(.silence)] + keepTime()
    }

    package mutating func received(_ message: Message) -> [Action] {
        guard phase != .over else { return [] }
        watch.heard()
        return [.startTimer(.silence)] + heard(message) + keepTime(isNews: message != .ping && message != .pong)
    }

    package mutating func proved(_ proof: Authentication) -> [Action] {
        guard case .proving = phase else { return [] }
        return [.send(.auth(proof))]
    }

    /// Appends a record to the log that was read. The server refuses it if another record was appended first.
    package mutating func append(_ record: LinkedRecord) -> [Action] {
        guard case .atRest(let space, let end) = phase else { return [] }
        phase = .appending(space, record)
        // The server sends the record back once it is in its log.
        return [.send(.append(space, previous: record.previous, record: record.bytes)), .send(.log(space, end))]
            + keepTime()
    }

    package mutating func timerFired(_ timer: ConversationTimer) -> [Action] {
        guard phase != .over else { return [] }
        switch watch.fired(timer) {
        case .nothing: return []
        case .ping: return [.send(.ping), .startTimer(.silence)]
        case .timeout: return close(.timeout)
        }
    }

    /// Ends the conversation.
    package mutating func finish() -> [Action] {
        guard phase != .over else { return [] }
        phase = .over
        return [.send(.bye), .close(nil)]
    }
}

extension EnrolmentConversation {
    private mutating func heard(_ message: Message) -> [Action] {
        switch (phase, message) {
        case (_, .ping): return [.send(.pong)]
        case (_, .bye):
            phase = .over
            return [.close(nil)]
        case (_, .error(let error)): return close(error.code)
        case (.greeting, .challenge(let versions, let theirs)):
            guard let version = VersionRange.ours.greatestCommon(with: versions) else { return close(.version) }
            phase = .proving(version: version)
            return [.prove(Transcript(version: version, client: nonce, server: theirs, keyHash: keyHash))]
        case (.proving, .welcome(let spaces)): return begin(spaces)
        case (.claiming(let slot, let sealed), .reply(let its, let nonce)) where its == slot:
            phase = .waiting(slot)
            return [.replied(nonce), .send(.reveal(slot, sealed: sealed))]
        case (.waiting(let slot), .grant(let its, let sealed)) where its == slot:
            return [.granted(sealed)] + finish()
        case (.reading(let space, let records), _) where message.space == space:
            return reading(message, of: space, records)
        case (.atRest(let space, _), _) where message.space == space: return []  // appended by others
        case (.appending(let space, let record), .append(_, let previous, let bytes)) where message.space == space:
            guard record == LinkedRecord(previous: previous, bytes: bytes) else { return close(.head) }
            return [.accepted] + finish()
        case (.appending(let space, _), .log) where message.space == space: return []
        case (_, .pong), (_, .credit): return []
        case (.greeting, _), (.proving, _), (.claiming, _), (.waiting, _), (.reading, _), (.atRest, _),
            (.appending, _), (.over, _):
            return close(.unexpected)
        }
    }

    private mutating func reading(_ message: Message, of space: SpaceID, _ records: [LinkedRecord]) -> [Action] {
        switch message {
        case .append(_, let previous, let record):
            logLength += record.count
            guard records.count < MembershipLimits.recordsMax, logLength <= WireLimits.logLengthMax else {
                return close(.log)
            }
            phase = .reading(space, records + [LinkedRecord(previous: previous, bytes: record)])
            return []
        case .log(_, let end):
            guard end.count == records.count else { return close(.log) }
            phase = .atRest(space, end)
            return [.read(space, records)]
        default: return close(.unexpected)
        }
    }

    private mutating func begin(_ spaces: [SpaceID]) -> [Action] {
        switch enrolment {
        case .claim(let slot, let commitment, let sealed):
            phase = .claiming(slot, sealed: sealed)
            return [.send(.commit(slot, commitment))]
        case .readLog(let wanted):
            guard let space = wanted ?? (spaces.count == 1 ? spaces[0] : nil) else { return close(.device) }
            phase = .reading(space, [])
            return [.send(.log(space, .empty))]
        case .listSpaces: return [.spaces(spaces)] + finish()
        }
    }

    private mutating func keepTime(isNews: Bool = false) -> [Action] {
        let isDue =
            switch phase {
            case .greeting, .proving, .claiming, .reading, .appending: true
            // The other side's user decides about admission; the server has a timeout.
            case .waiting, .atRest, .over: false
            }
        return ConversationWatch.Change.actions(watch.answers(areDue: isDue, isNews: isNews))
    }

    private mutating func close(_ code: ErrorCode) -> [Action] {
        phase = .over
        return [.close(code)]
    }
}
