/// The two timers of one conversation: that answers come, and that the other side is there at all.
///
/// A plain value beside the conversation's own; it only says what to do with the timers.
public struct ConversationWatch: Hashable, Sendable {
    /// What is to be done with ``ConversationTimer/answer``.
    public enum Change: Hashable, Sendable { case start, cancel }

    /// What a timer that fired means.
    public enum Meaning: Hashable, Sendable {
        /// Nothing; it was late.
        case nothing
        /// Nothing came for a while: send a `ping`, and start ``ConversationTimer/silence`` anew.
        case ping
        /// The other side is gone.
        case timeout
    }

    private var isAnswerDue = false
    /// Whether a `ping` was sent, and nothing came since.
    private var hasPinged = false

    public init() {}

    /// Something came: ``ConversationTimer/silence`` begins anew.
    public mutating func heard() { hasPinged = false }

    /// One timer stands for all answers that are due: it begins anew with everything that comes, but for signs of life.
    ///
    /// - Parameters:
    ///   - isDue: whether any answer is due now.
    ///   - isNews: whether something came that is more than a sign of life.
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

/// What a conversation asks for, as far as it is about timers: so one watch serves every conversation.
public protocol TimedAction {
    static func startTimer(_ timer: ConversationTimer) -> Self
    static func cancelTimer(_ timer: ConversationTimer) -> Self
}

extension ConversationWatch.Change {
    /// The change as actions of a conversation; none for `nil`.
    public static func actions<Action: TimedAction>(_ change: Self?) -> [Action] {
        switch change {
        case .start: [.startTimer(.answer)]
        case .cancel: [.cancelTimer(.answer)]
        case nil: []
        }
    }
}
