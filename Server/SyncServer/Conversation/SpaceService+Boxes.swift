import Causality
import Wire

/// A server that went back was refilled by whoever came first, perhaps without every box.
extension SpaceService {
    mutating func seekBoxes() -> [Step] {
        isOpen && flow.seek() ? [.ask(.lackingBoxes(space, besides: flow.soughtBoxes))] : []
    }

    mutating func answeredLacking(_ dots: [Dot]) -> [Step] {
        guard isOpen else { return [] }
        return flow.fetch(dots).map { [.send($0)] } ?? []
    }

    mutating func receivedBox(_ dot: Dot, _ bytes: [UInt8]?) -> [Step] {
        let isAskedFor = flow.arrived(dot, isThere: bytes != nil)
        let supply: [Step] = isAskedFor ? bytes.map { [.ask(.supply(space, dot, $0))] } ?? [] : []
        return supply + seekBoxes()
    }

    func sendDueBoxes(_ credit: CreditWindow) -> [Step] {
        flow.dueBoxes.isEmpty ? [] : [.ask(.boxes(space, flow.dueBoxes, room: credit.room))]
    }
}
