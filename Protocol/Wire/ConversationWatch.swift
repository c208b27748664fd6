/// Watches one conversation with two timers: that answers arrive, and that the peer is alive.
///
/// A plain value; it only returns what to do with the timers.
public struct ConversationWatch: Hashable, Sendable {
    /// A change to ``ConversationTimer/answer``.
    public enum Change: Hashable, Sendable { case start, cancel }

    /// The effect of a timer that fired.
    public enum Meaning: Hashable, Sendable {
        /// Nothing; the timer was obsolete.
        case nothing
        /// Nothing was received for a while: send a `ping`, and restart ``ConversationTimer/silence``.
        case ping
        /// The peer is gone.
        case timeout
    }

    private var isAnswerDue = false
    /// Whether a `ping` was sent, and nothing was received since.
    private var hasPinged = false

    public init() {}

    /// Something was received; the caller restarts ``ConversationTimer/silence``.
    public mutating func heard() { hasPinged = false }

    /// One timer covers all answers that are due: it restarts with every message but `ping` and `pong`.
    ///
    /// - Parameters:
    ///   - isDue: whether any answer is due now.
    ///   - isNews: whether a message was received other than a sign of life.
    public mutating func answers(areDue isDue: Bool, isNews: Bool) -> Change? {
        defer { isAnswerDue = isDue }
        guard isDue else { return isAnswerDue ? .cancel : nil }
        return isNews || !isAnswerDue ? .start : nil
    }

    public mutating func fired(_ timer: ConversationTimer) -> Meaning {
        switch timer {
        case .answer: return isAnswerDue ? .timeout : .nothing
        case .silence:
            if hasPinged { return .timeout }
            hasPinged = true
            return .ping
        }
    }
}

/// The actions of a conversation that change timers, so that one watch serves every conversation.
public protocol TimedAction {
    static func startTimer(_ timer: ConversationTimer) -> Self
    static func cancelTimer(_ timer: ConversationTimer) -> Self
}

extension ConversationWatch.Change {
    /// The change as actions of a conversation; empty for `nil`.
    public static func actions<Action: TimedAction>(_ change: Self?) -> [Action] {
        switch change {
        case .start: [.startTimer(.answer)]
        case .cancel: [.cancelTimer(.answer)]
        case nil: []
        }
    }
}

/// The timers of one side of a conversation; see `Protocol/SPEC.md`.
public enum ConversationTimer: Hashable, Sendable, CaseIterable {
    /// An answer is due. Starting it again restarts it.
    case answer
    /// Nothing was received: then a `ping` is sent, and after the same time again the peer counts as gone.
    case silence

    public var duration: Duration {
        switch self {
        case .answer: .seconds(60)
        case .silence: .seconds(30)
        }
    }
}
