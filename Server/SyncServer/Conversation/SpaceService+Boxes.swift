import Causality
import Wire

/// Requests for missing boxes: after a restore from an older backup, devices may refill edits without their boxes.
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
