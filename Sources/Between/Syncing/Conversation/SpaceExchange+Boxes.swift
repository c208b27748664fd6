import Causality
import Wire

/// Boxes: superseded edits come without theirs, and a server that went back lacks some.
extension SpaceExchange {
    mutating func answeredLacking(_ dots: [Dot]) -> [Step] {
        guard phase == .live else { return [] }
        return flow.fetch(dots).map { [.send($0)] } ?? settle()
    }

    mutating func receivedBox(_ dot: Dot, _ bytes: [UInt8]?) -> [Step] {
        if flow.awaitedBoxes.contains(dot) { brought += 1 }
        guard flow.arrived(dot, isThere: bytes != nil), let bytes else { return settle() }
        // Any bytes may be said to be the box: what they are is known once they were compared with its hash.
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

    /// Nothing came for a while: what the server did not have is asked for again, in case its word that it came was lost.
    package mutating func repeatQuestions() -> [Step] {
        guard phase == .live, flow.askAgain() else { return [] }
        return settle()
    }
}
