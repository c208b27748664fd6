package import Causality
import Wire

extension ServerQuestion {
    var isForBox: Bool { if case .supply = self { true } else { false } }

    /// Whether this answer to this question may have paused devices of the space.
    package func pauses(by answer: ServerAnswer) -> Bool {
        if case .append(_, _, cut: .some) = self, case .refused(.cut, _) = answer { true } else { false }
    }

    /// The space of the question, if it has one.
    package var space: SpaceID? {
        switch self {
        case .identify: nil
        case .removal(let space, _): space
        case .log(let space, _), .records(let space, _), .append(let space, _, _), .compare(let space, _),
            .lineEnds(let space, _, _), .proof(let space, _), .batches(let space, _, _), .take(let space, _),
            .lackingBoxes(let space, _),
            .boxes(let space, _, _), .supply(let space, _, _), .hold(let space):
            space
        }
    }
}
