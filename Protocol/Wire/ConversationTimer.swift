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
