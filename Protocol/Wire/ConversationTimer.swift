/// What either side of a conversation waits for no longer than this; see `Protocol/SPEC.md`.
public enum ConversationTimer: Hashable, Sendable, CaseIterable {
    /// An answer is due. Starting it again begins it anew.
    case answer
    /// Nothing came at all: then a `ping` is sent, and after the same time again the peer is gone.
    case silence

    public var duration: Duration {
        switch self {
        case .answer: .seconds(60)
        case .silence: .seconds(30)
        }
    }
}
