import Causality
import Wire

extension SpaceService {
    func load(_ credit: CreditWindow) -> [Step] {
        isOpen ? [.ask(.batches(space, beyond: flow.sent, room: credit.room))] : []
    }

    mutating func answeredBatches(_ batches: [Batch], isLast: Bool, _ credit: inout CreditWindow) -> [Step] {
        isOpen ? flow.send(batches, isLast: isLast, &credit).map { .send($0) } : []
    }

    mutating func answeredTook(
        _ question: ServerQuestion, _ end: LineEnd, _ isNew: Bool, _ credit: inout CreditWindow
    ) -> [Step] {
        guard case .take(_, let batch) = question, let byteCount = arriving.popFirst() else { return [] }
        flow.took(batch, isNew: isNew)
        var news: SpaceNews = isNew ? .moved : []
        if isNew, batch.hasStubs { news.insert(.stubs) }
        // A batch that was held already may have supplied missing boxes.
        if !isNew, batch.edits.contains(where: { $0.box != nil }) { news.insert(.boxes) }
        return [.send(.held(space, [end]))] + dealt(byteCount, &credit) + (news.isEmpty ? [] : [.publish(news)])
            + seekBoxes()
    }

    mutating func answeredRefused(
        _ question: ServerQuestion, _ code: ErrorCode, _ dot: Dot?, _ credit: inout CreditWindow
    ) -> [Step] {
        var steps: [Step] = []
        var subject = dot
        if case .take(_, let batch) = question {
            subject = dot ?? batch.header.firstDot
            if let byteCount = arriving.popFirst() { steps += dealt(byteCount, &credit) }
        }
        if case .proof(_, let place) = question { subject = place }
        if code == .removed || code == .space { self = SpaceService(space) }
        // With the record of the removal, since the device may not have it.
        if code == .removed { return steps + [.ask(.removal(space, nil))] }
        return steps + [.send(.error(WireError(code, space: space, dot: subject)))]
    }

    func dealt(_ byteCount: Int, _ credit: inout CreditWindow) -> [Step] {
        credit.dealtWith(byteCount).map { [.send(.credit(bytes: $0))] } ?? []
    }
}
