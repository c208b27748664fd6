import Causality
import Wire

extension SpaceService {
    mutating func answeredRecords(_ records: [LinkedRecord], _ end: LogEnd) -> [Step] {
        guard !records.isEmpty else { return [] }
        isLogDue = true
        return records.map { .send(.append(space, previous: $0.previous, record: $0.bytes)) } + [
            .send(.log(space, end))
        ]
    }

    /// Sends a batch as proof of a fork; it counts against the credit like other batches.
    mutating func sendProof(_ credit: inout CreditWindow) -> [Step] {
        guard let batch = dueProof else { return [] }
        let message = Message.batch(space, batch)
        let length = MessageWriter.length(of: message)
        guard length <= credit.room else { return [] }
        dueProof = nil
        credit.send(length)
        return [.send(message)]
    }

    mutating func receivedOpen(_ clock: Frontier) -> [Step] {
        isOpen = false
        dueProof = nil
        flow.stop()
        heldAt = nil
        return [.ask(.compare(space, clock))]
    }

    mutating func answeredCompared(
        _ question: ServerQuestion, _ frontier: Frontier, _ forked: [ReplicaID], lacks: Int,
        _ credit: CreditWindow
    ) -> [Step] {
        guard case .compare(_, let theirs) = question else { return [] }
        let opened = Step.send(.opened(space, clock: frontier, forked: forked, lacks: lacks))
        // After a fork no edits are sent until the device has resolved it and sends `open` again.
        guard forked.isEmpty else { return [opened] }
        isOpen = true
        flow.begin(at: theirs.clock)
        return [opened] + load(credit) + seekBoxes()
    }
}
