import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Wire

/// A transaction that changes a replica with data of other devices.
struct ReplicaSession {
    let transaction: StoreTransaction
    let access: JournalAccess
    let space: Space
    let standing: JournalAccess.Standing
    let now: Timestamp

    init(_ transaction: StoreTransaction, _ access: JournalAccess, of id: SpaceID, now: Timestamp) throws {
        let view = try ReplicaView(transaction.reader, access, of: id)
        self.transaction = transaction
        self.access = access
        self.now = now
        space = view.space
        standing = view.standing
    }

    /// The current state of the replica in this transaction.
    var view: ReplicaView { get throws { try ReplicaView(transaction.reader, access, of: standing.log.space) } }

    func write<T>(_ body: (StoreWriter) throws -> T) throws -> T {
        try transaction.write(to: space, access.keyring(standing), body)
    }

    func answer(_ question: ReplicaQuestion, _ writer: StoreWriter) throws -> ReplicaAnswer {
        switch question {
        case .take(let batch): return try take(batch, writer)
        case .setAside(let batch, let code):
            try writer.setAside(batch, reason: code.rawValue, at: now, encode: encode)
            return .done
        case .serverHolds(let ends):
            for end in ends { try writer.serverHolds(end) }
            return .done
        case .supply(let dot, let box):
            return try writer.supply(box, for: dot) ? .done : .refused(.malformed)
        case .logEnd, .relation, .records, .extendLog, .frontier, .compare, .lineEnds, .transplant, .reseal, .batches,
            .judge, .provesFork, .noteRemoval, .lackingBoxes, .boxes, .makeRecord:
            preconditionFailure("a question that is answered in a transaction of its own")
        }
    }

    func compare(_ clock: Frontier) throws -> ReplicaAnswer {
        let comparison = try transaction.reader.comparison(with: clock, in: space)
        try write { try $0.serverHolds(only: comparison.theirs) }
        return .compared(
            forked: comparison.forked, lost: comparison.lost, resealDue: try view.isResealDue(beyond: clock.clock))
    }

    /// Stores a record that removes this device, so that the user can be told later, without network.
    func noteRemoval(_ record: [UInt8]) throws -> ReplicaAnswer {
        if try view.isRemoval(record) {
            let json: JSONValue = ["record": .bytes(record)]
            try transaction.set(Journal.removalSetting, to: json.canonicalText)
        }
        return .done
    }

    func transplant(_ roots: [Dot], _ shared: VectorClock, _ dropping: Set<Dot>) throws -> ReplicaAnswer {
        let (log, person, mayWrite) = (standing.log, access.person, standing.mayWrite)
        let moved = try write { writer in
            try writer.transplant(
                StoreWriter.Move(
                    try writer.tails(of: roots, staying: shared), dropping: dropping,
                    reason: ErrorCode.fork.rawValue, at: now,
                    isRewritten: { mayWrite && log.person(ofSigningKey: $0) == person }, encode: encode))
        }
        return .transplanted(rewritten: moved.rewritten, setAside: moved.setAside)
    }

    /// The form in which a batch is quarantined: as it would be sent.
    var encode: @Sendable (Batch) -> [UInt8] {
        { [space = access.space] in MessageWriter.bytes(of: .batch(space, $0)) }
    }
}

extension MembershipLog {
    /// The person of a current or former device, by its signing key.
    func person(ofSigningKey key: [UInt8]) -> PersonID? {
        // A device id depends only on the signing key.
        DeviceIdentity(signingKey: key, agreementKey: key).flatMap { person(of: $0.id) }
    }
}
