import Causality
import Wire

/// Boxes: superseded edits are sent without them, and a server restored from a backup lacks some.
extension SpaceExchange {
    mutating func answeredLacking(_ dots: [Dot]) -> [Step] {
        guard phase == .live else { return [] }
        return flow.fetch(dots).map { [.send($0)] } ?? settle()
    }

    mutating func receivedBox(_ dot: Dot, _ bytes: [UInt8]?) -> [Step] {
        if flow.awaitedBoxes.contains(dot) { brought += 1 }
        guard flow.arrived(dot, isThere: bytes != nil), let bytes else { return settle() }
        // The bytes count as the box only after they were compared with its hash.
        guard Defence.countsContents.stands else { return [.ask(.supply(dot, bytes))] + settle() }
        arrivedBoxes.insert(dot)
        return [.ask(.supply(dot, bytes))]
    }

    mutating func answeredSupplied(_ dot: Dot, isIts: Bool) -> [Step] {
        guard arrivedBoxes.remove(dot) != nil else { return [] }
        if !isIts { flow.isAbsent(dot) }
        return settle()
    }

    mutating func receivedFetch(_ dots: [Dot], _ credit: CreditWindow) -> [Step] {
        hasFetched = true
        isFetching = isFetching || fetchRounds < Self.fetchRoundsMax
        return flow.owe(dots) ? sendDueBoxes(credit) : [.close(.unexpected)]
    }

    func sendDueBoxes(_ credit: CreditWindow) -> [Step] {
        flow.dueBoxes.isEmpty ? [] : [.ask(.boxes(flow.dueBoxes, room: credit.room))]
    }

    /// No message arrived for a while: boxes that the server did not have are requested again, in case its notice was
    /// lost.
    package mutating func repeatQuestions() -> [Step] {
        guard phase == .live, flow.askAgain() else { return [] }
        return settle()
    }
}
