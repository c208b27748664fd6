package import Causality
import Membership
package import Wire

/// What somebody says to a server who holds nothing of a space yet: claims a place in it, or reads its
/// membership log and adds to that. A plain value, events in, actions out; no edit flows.
package struct ErrandConversation: Hashable, Sendable {
    package enum Errand: Hashable, Sendable {
        /// Claims what a member offered: says the commitment, shows what is sealed once the member has replied, and
        /// waits to be let in.
        case claim(Slot, Hash256, sealed: [UInt8])
        /// Reads the log of a space, or of the only one that the device is of.
        case readLog(SpaceID?)
        /// Asks which spaces the device is of, as far as the server says so.
        case listSpaces
    }

    package enum Phase: Hashable, Sendable {
        /// `hello` was sent; leads to ``proving(version:)`` or ``over``.
        case greeting
        /// `auth` was sent; leads to ``claiming``, ``waiting``, ``reading(_:_:)`` or ``over``.
        case proving(version: Int)
        /// `commit` was sent, and this is what is to be shown; leads to ``waiting`` or ``over``.
        case claiming(Slot, sealed: [UInt8])
        /// `reveal` was sent; leads to ``over``.
        case waiting(Slot)
        /// `log` was sent, and so many records came; leads to ``atRest(_:_:)`` or ``over``.
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
        /// Signs what proves to the server which device this is; answered with ``ErrandConversation/proved(_:)``.
        case prove(Transcript)
        /// The member replied to the commitment; what follows shows him the claim.
        case replied(Nonce)
        /// The member lets this device in.
        case granted([UInt8])
        /// The spaces that the server names.
        case spaces([SpaceID])
        /// The whole log, as the server has it; nothing of it is verified.
        case read(SpaceID, [LinkedRecord])
        /// The record that was appended stands on the server.
        case stands
        case startTimer(ConversationTimer)
        case cancelTimer(ConversationTimer)
        /// Ends the connection, after what was sent; `nil` if all is said.
        case close(ErrorCode?)
    }

    package private(set) var phase = Phase.greeting
    private let errand: Errand
    private let nonce: Nonce
    private let keyHash: [UInt8]
    private var watch = ConversationWatch()
    /// Bytes of the records that came.
    private var logLength = 0

    /// - Parameters:
    ///   - nonce: drawn anew for this connection.
    ///   - keyHash: the hash of the TLS key that the server showed.
    package init(_ errand: Errand, nonce: Nonce, keyHash: [UInt8]) {
        self.errand = errand
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

    /// Adds a record to the log that was read. The server may refuse it, if somebody else was first.
    package mutating func append(_ record: LinkedRecord) -> [Action] {
        guard case .atRest(let space, let end) = phase else { return [] }
        phase = .appending(space, record)
        // The server sends the record back once it stands there.
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

    /// All is said that was to be said.
    package mutating func finish() -> [Action] {
        guard phase != .over else { return [] }
        phase = .over
        return [.send(.bye), .close(nil)]
    }
}

extension ErrandConversation {
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
        case (.atRest(let space, _), _) where message.space == space: return []  // what others do meanwhile
        case (.appending(let space, let record), .append(_, let previous, let bytes)) where message.space == space:
            guard record == LinkedRecord(previous: previous, bytes: bytes) else { return close(.head) }
            return [.stands] + finish()
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
        switch errand {
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
            // Whether to let it in, a person decides; the server ends what takes too long.
            case .waiting, .atRest, .over: false
            }
        return ConversationWatch.Change.actions(watch.answers(areDue: isDue, isNews: isNews))
    }

    private mutating func close(_ code: ErrorCode) -> [Action] {
        phase = .over
        return [.close(code)]
    }
}
