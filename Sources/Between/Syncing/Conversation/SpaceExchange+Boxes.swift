import Causality
import Wire

/// Boxes: superseded edits come without theirs, and a server that went back lacks some.
extension SpaceExchange {
    mutating func answeredLacking(_ dots: [Dot]) -> [Step] {
        guard phase == .live else { return [] }
        return flow.fetch(dots).map { [.send($0)] } ?? settle()
    }

    mutating func receivedBox(_ dot: Dot, _ bytes: [UInt8]?) -> [Step] {
        guard flow.arrived(dot), let bytes else { return settle() }
        return [.ask(.supply(dot, bytes))] + settle()
    }

    mutating func receivedFetch(_ dots: [Dot], _ credit: CreditWindow) -> [Step] {
        flow.owe(dots) ? sendOwedBoxes(credit) : [.close(.unexpected)]
    }

    func sendOwedBoxes(_ credit: CreditWindow) -> [Step] {
        flow.owedBoxes.isEmpty ? [] : [.ask(.boxes(flow.owedBoxes, room: credit.room))]
    }
}
