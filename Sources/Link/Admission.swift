/// Which connections a server holds, and whether it takes one more. Ids are given in the order of arrival.
package struct Admission {
    package typealias ID = Int

    package enum Verdict: Hashable {
        /// It may come in; these older ones have to go.
        case admitted(ID, dropping: [ID])
        /// There are too many, but it can be told so once it is secured; these older ones have to go.
        case refused(ID, dropping: [ID])
        /// There are too many, and it is closed at once.
        case turnedAway
    }

    private enum Stage {
        case securing
        case introducing
        case authenticated
    }

    private struct Guest {
        let address: RemoteAddress?
        var stage: Stage
        let isRefused: Bool
    }

    private let limits: LinkLimits
    private var guests: [ID: Guest] = [:]
    /// In order of arrival, and of being secured; who left or went on is skipped when it is met.
    private var securing = ArrivalQueue()
    private var introducing = ArrivalQueue()
    private var countByAddress: [RemoteAddress: Int] = [:]
    private var admittedCount = 0
    private var nextID = 0

    package init(limits: LinkLimits) { self.limits = limits }

    /// - Parameter address: `nil` where none can be told, which counts as no address's.
    package mutating func arrived(from address: RemoteAddress?) -> Verdict {
        let isOver =
            admittedCount >= limits.connectionsMax
            || address.flatMap { countByAddress[$0] } ?? 0 >= limits.connectionsPerAddressMax
        // A word of refusal costs a handshake; those who may come in have the first claim on these.
        if isOver && securing.count >= limits.handshakesMax / 2 { return .turnedAway }

        var dropped: [ID] = []
        if securing.count >= limits.handshakesMax, let oldest = securing.popFirst() {
            leave(oldest)
            dropped.append(oldest)
        }
        let id = nextID
        nextID += 1
        guests[id] = Guest(address: address, stage: .securing, isRefused: isOver)
        securing.append(id)
        if isOver { return .refused(id, dropping: dropped) }
        admittedCount += 1
        if let address { countByAddress[address, default: 0] += 1 }
        return .admitted(id, dropping: dropped)
    }

    /// Its TLS handshake ended.
    ///
    /// - Returns: who has to go, since too many are not known.
    package mutating func secured(_ id: ID) -> [ID] {
        guard guests[id]?.stage == .securing else { return [] }
        securing.remove(id)
        guests[id]?.stage = .introducing
        introducing.append(id)
        guard introducing.count > limits.unauthenticatedMax, let oldest = introducing.popFirst() else { return [] }
        leave(oldest)
        return [oldest]
    }

    package mutating func authenticated(_ id: ID) {
        guard guests[id]?.stage == .introducing else { return }
        introducing.remove(id)
        guests[id]?.stage = .authenticated
    }

    package mutating func left(_ id: ID) {
        securing.remove(id)
        introducing.remove(id)
        leave(id)
    }

    /// Those whose handshake is under way.
    package var unsecured: [ID] { guests.filter { $0.value.stage == .securing }.keys.sorted() }

    package var count: Int { guests.count }

    private mutating func leave(_ id: ID) {
        guard let guest = guests.removeValue(forKey: id), !guest.isRefused else { return }
        admittedCount -= 1
        guard let address = guest.address, let count = countByAddress[address] else { return }
        countByAddress[address] = count > 1 ? count - 1 : nil
    }
}

/// Ids in order, with removal anywhere, all in constant time on average.
private struct ArrivalQueue {
    private var order: [Int] = []
    private var head = 0
    private var members: Set<Int> = []

    package var count: Int { members.count }

    package mutating func append(_ id: Int) {
        // Half of it may be of those who are gone.
        if order.count > 2 * members.count + 64 {
            order = order[head...].filter { members.contains($0) }
            head = 0
        }
        order.append(id)
        members.insert(id)
    }

    package mutating func remove(_ id: Int) { members.remove(id) }

    package mutating func popFirst() -> Int? {
        while head < order.count {
            let id = order[head]
            head += 1
            if members.remove(id) != nil { return id }
        }
        return nil
    }
}
