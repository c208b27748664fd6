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

    mutating func receivedOpen(_ clock: Frontier) -> [Step] {
        isOpen = false
        flow.stop()
        let release: [Step] = heldAt == nil ? [] : [.ask(.release(space))]
        heldAt = nil
        return release + [.ask(.compare(space, clock))]
    }

    mutating func answeredCompared(
        _ question: ServerQuestion, _ frontier: Frontier, _ forked: [ReplicaID], _ credit: CreditWindow
    ) -> [Step] {
        guard case .compare(_, let theirs) = question else { return [] }
        let opened = Step.send(.opened(space, clock: frontier, forked: forked))
        // Where lines part, nothing flows until the device has settled it and opens anew.
        guard forked.isEmpty else { return [opened] }
        isOpen = true
        flow.begin(at: theirs.clock)
        return [opened] + load(credit) + seekBoxes()
    }
}
