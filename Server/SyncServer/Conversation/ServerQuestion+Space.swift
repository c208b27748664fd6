package import Causality
import Wire

extension ServerQuestion {
    /// Whether it brings a box.
    var isForBox: Bool { if case .supply = self { true } else { false } }

    /// Whether devices of the space may be paused from now on, if this was the answer.
    package func pauses(by answer: ServerAnswer) -> Bool {
        if case .append(_, _, cut: .some) = self, case .refused(.cut, _) = answer { true } else { false }
    }

    /// The space that it is about, if one.
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
