public import Causality

extension Message {
    /// The space of the message, if it has one.
    public var space: SpaceID? {
        switch self {
        case .log(let space, _), .append(let space, _, _), .hold(let space), .holding(let space, _, _),
            .open(let space, _), .opened(let space, _, _, _), .line(let space, _, _), .lineEnds(let space, _, _),
            .proof(let space, _), .batch(let space, _), .held(let space, _), .fetch(let space, _),
            .box(let space, _, _):
            space
        case .error(let error): error.space
        case .hello, .challenge, .auth, .welcome, .offer, .commit, .reply, .reveal, .grant, .credit, .ping, .pong, .bye:
            nil
        }
    }

    /// Whether its bytes are taken off the credit.
    public var isCounted: Bool {
        switch self {
        case .batch, .box: true
        case .hello, .challenge, .auth, .welcome, .log, .append, .hold, .holding, .open, .opened, .line, .lineEnds,
            .proof, .held, .fetch, .offer, .commit, .reply, .reveal, .grant, .credit, .ping, .pong, .error, .bye:
            false
        }
    }
}
