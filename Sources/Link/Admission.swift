/// Decides which connections a server accepts and which it drops. Ids are given in the order of arrival.
package struct Admission {
    package typealias ID = Int

    package enum Verdict: Hashable {
        /// It is accepted; these older connections are dropped.
        case admitted(ID, dropping: [ID])
        /// There are too many; it is told `busy` after its TLS handshake. These older connections are dropped.
        case refused(ID, dropping: [ID])
        /// There are too many, and it is closed at once.
        case turnedAway
    }

    private enum Stage {
        case securing
        case introducing
        case authenticated
    }

    private struct Connection {
        let address: RemoteAddress?
        var stage: Stage
        let isRefused: Bool
    }

    private let limits: LinkLimits
    private var connections: [ID: Connection] = [:]
    /// In order of arrival, and of the end of the handshake.
    private var securing = ArrivalQueue()
    private var introducing = ArrivalQueue()
    private var countByAddress: [RemoteAddress: Int] = [:]
    private var admittedCount = 0
    private var nextID = 0

    package init(limits: LinkLimits) { self.limits = limits }

    /// - Parameter address: `nil` if unknown; then no limit per address applies.
    package mutating func arrived(from address: RemoteAddress?) -> Verdict {
        let isOver =
            admittedCount >= limits.connectionsMax
            || address.flatMap { countByAddress[$0] } ?? 0 >= limits.connectionsPerAddressMax
        // Telling a client that the server is busy costs a handshake; those that may be accepted have priority.
        if isOver && securing.count >= limits.handshakesMax / 2 { return .turnedAway }

        var dropped: [ID] = []
        if securing.count >= limits.handshakesMax, let oldest = securing.popFirst() {
            leave(oldest)
            dropped.append(oldest)
        }
        let id = nextID
        nextID += 1
        connections[id] = Connection(address: address, stage: .securing, isRefused: isOver)
        securing.append(id)
        if isOver { return .refused(id, dropping: dropped) }
        admittedCount += 1
        if let address { countByAddress[address, default: 0] += 1 }
        return .admitted(id, dropping: dropped)
    }

    /// The TLS handshake of a connection ended.
    ///
    /// - Returns: the connections to drop, since too many are unauthenticated.
    package mutating func secured(_ id: ID) -> [ID] {
        guard connections[id]?.stage == .securing else { return [] }
        securing.remove(id)
        connections[id]?.stage = .introducing
        introducing.append(id)
        guard introducing.count > limits.unauthenticatedMax, let oldest = introducing.popFirst() else { return [] }
        leave(oldest)
        return [oldest]
    }

    package mutating func authenticated(_ id: ID) {
        guard connections[id]?.stage == .introducing else { return }
        introducing.remove(id)
        connections[id]?.stage = .authenticated
    }

    package mutating func left(_ id: ID) {
        securing.remove(id)
        introducing.remove(id)
        leave(id)
    }

    /// Connections whose TLS handshake is under way.
    package var unsecured: [ID] { connections.filter { $0.value.stage == .securing }.keys.sorted() }

    package var count: Int { connections.count }

    private mutating func leave(_ id: ID) {
        guard let connection = connections.removeValue(forKey: id), !connection.isRefused else { return }
        admittedCount -= 1
        guard let address = connection.address, let count = countByAddress[address] else { return }
        countByAddress[address] = count > 1 ? count - 1 : nil
    }
}

/// A queue of ids with removal anywhere, in amortized constant time.
private struct ArrivalQueue {
    private var order: [Int] = []
    private var head = 0
    private var members: Set<Int> = []

    package var count: Int { members.count }

    package mutating func append(_ id: Int) {
        // Compacts once more than half of the array is removed ids.
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
