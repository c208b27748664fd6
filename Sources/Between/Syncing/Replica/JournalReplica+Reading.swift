import Causality
import Membership
import ReplicaStore
import Sealing
import Wire

/// A consistent read-only view of a replica, which answers questions that change nothing.
struct ReplicaView {
    let reader: StoreReader
    let space: Space
    let access: JournalAccess
    let standing: JournalAccess.Standing
    let request: RecordRequest?

    /// - Throws: ``JournalError/joinedMeanwhile`` if the space was replaced by a join.
    init(_ reader: StoreReader, _ access: JournalAccess, of id: SpaceID, _ request: RecordRequest? = nil) throws {
        guard let space = try reader.space(named: access.name), space.id == id.bytes else {
            throw JournalError.joinedMeanwhile
        }
        self.reader = reader
        self.space = space
        self.access = access
        self.request = request
        standing = try access.standing(reader, in: space)
    }

    var hasOpenBatch: Bool { get throws { try reader.hasOpenBatch(in: space) } }

    func answer(_ question: ReplicaQuestion) throws -> ReplicaAnswer {
        switch question {
        case .logEnd: return .logEnd(standing.logEnd)
        case .relation(let end):
            let relation = standing.log.relation(toCount: end.count, head: end.head)
            guard relation == .equal, !access.isJoining else { return .relation(relation) }
            if let raise = try owedRaise() { return .owesRecord(raise) }
            return standing.owesEpoch ? .owesEpoch : .relation(.equal)
        case .records(let position):
            let records = standing.log.records(from: position)
            return .records(records.map { LinkedRecord(previous: $0.previous, bytes: $0.bytes) }, end: standing.logEnd)
        case .frontier: return .frontier(try reader.frontier(of: space))
        case .lineEnds(let replica, let numbers):
            return .lineEnds(
                try reader.lineEnds(of: replica, in: space, within: numbers, limit: WireLimits.lineEndsMax))
        case .judge(let dot, let code): return .judged(try judges(dot, code))
        case .provesFork(let batch): return .judged(try isFork(batch))
        case .batches(let clock, let lines, let room): return try batches(beyond: clock, without: lines, room)
        case .lackingBoxes(let known):
            // Which boxes are needed is known only when the space can be opened.
            guard !access.isJoining else { return .lackingBoxes([]) }
            return .lackingBoxes(
                try reader.lackingBoxes(
                    in: space, besides: known, limit: WireLimits.fetchDotsMax, access.keyring(standing)))
        case .boxes(let dots, let room): return .boxes(try boxes(dots, room))
        case .makeRecord(let cut): return try makeRecord(cut)
        case .extendLog, .compare, .transplant, .reseal, .take, .setAside, .serverHolds, .noteRemoval, .supply:
            preconditionFailure("a question that changes the replica")
        }
    }

    private func batches(
        beyond clock: VectorClock, without lines: Set<ReplicaID>, _ room: Int
    ) throws -> ReplicaAnswer {
        var left = room
        var batches: [Batch] = []
        let isLast = try reader.batches(of: space, beyond: clock, without: lines) { batch in
            left -= MessageWriter.length(of: .batch(access.space, batch))
            guard left >= 0 else { return false }
            batches.append(batch)
            return true
        }
        return .batches(batches, isLast: isLast)
    }

    private func boxes(_ dots: [Dot], _ room: Int) throws -> [FoundBox] {
        var left = room
        var boxes: [FoundBox] = []
        for dot in dots {
            let box = try reader.box(of: dot, in: space)
            left -= MessageWriter.length(of: .box(access.space, dot, box))
            guard left >= 0 else { break }
            boxes.append(FoundBox(dot, box))
        }
        return boxes
    }

    /// The record with which this device confirms the edits of removed devices that it held before it knew of their
    /// removal.
    ///
    /// It is derived from the replica, so it stays owed until it is in the log, across interruptions.
    private func owedRaise() throws -> LinkedRecord? {
        guard let member = standing.member, member.role == .owner, standing.log.hasDepartures,
            Defence.keepsStayersEdits.stands
        else { return nil }
        let ends = standing.log.owedRaise(of: try reader.tips(of: space).map { ($0.end, $0.deviceKey) })
        guard !ends.ends.isEmpty else { return nil }
        let record = standing.log.raising(ends, by: access.device)
        return LinkedRecord(previous: record.previous, bytes: record.bytes)
    }

    /// Whether all tips of a clock are held with the same hashes; edits beyond it do not matter.
    private func isHere(_ clock: Frontier) throws -> Bool {
        try clock.ends.allSatisfy { try reader.holding($0.dot, in: space) == .end($0.hash) }
    }

    /// What is here and, as far as known, on the server: a later recovery can get it from there.
    private func shared() throws -> Frontier {
        let ours = try reader.frontier(of: space)
        var shared = Frontier()
        for there in try reader.serverClock(of: space).dots {
            guard let end = ours[there.replica] else { continue }
            if end.dot.n <= there.n {
                shared.advance(to: end)
            } else if let end = try reader.lineEnds(
                of: there.replica, in: space, within: 1...there.n, limit: 1
            ).last {
                shared.advance(to: end)
            }
        }
        return shared
    }

    /// Makes the requested record. It is not stored: it counts once it is in the server's log.
    private func makeRecord(_ cut: Frontier?) throws -> ReplicaAnswer {
        // A cut without a request is for the owed epoch; also if the request is already fulfilled by a record with
        // invalid keys.
        let endsEpoch = request.map { $0.endsEpoch && !$0.isDone(in: standing.log) } ?? false
        let isOwed = cut != nil && standing.owesEpoch && !endsEpoch
        let request = isOwed ? .rotate(from: standing.log.epoch) : self.request
        guard let request, !request.isDone(in: standing.log) else { return .done }
        let (log, device) = (standing.log, access.device)
        var generator = SystemRandomNumberGenerator()
        var next = log
        if !request.endsEpoch, !standing.opensNewest, Defence.repairsEpochs.stands {
            // A new device gets the newest key, so that has to be valid first.
            return .refused(.busy)
        }
        do {
            let record: MembershipRecord
            switch request {
            case .add(let added, let person, let role):
                record = try log.adding(device: added, person: person, role: role, by: device)
            case .addKey(let key, let person, let role):
                record = try log.adding(key, person: person, role: role, holding: try shared(), by: device)
            case .remove(let devices):
                guard let cut, try isHere(cut) else { return .refused(.cut) }
                record = try log.removing(
                    devices.filter(log.isCurrentMember), cut: cut, by: device, using: &generator)
            case .rotate:
                guard let cut, try isHere(cut) else { return .refused(.cut) }
                record = try log.rotating(cut: cut, by: device, using: &generator)
            }
            // A record that we would refuse from others would be refused by them.
            try next.append(record)
            return .record(LinkedRecord(previous: record.previous, bytes: record.bytes))
        } catch is SealingError {
            return .refused(.record)
        } catch is MembershipError {
            return .refused(.record)
        }
    }
}

extension ReplicaView {
    /// Compares with the server's clock; `nil` if the stored server clock has to change.
    func compare(_ clock: Frontier) throws -> ReplicaAnswer? {
        let comparison = try reader.comparison(with: clock, in: space)
        guard try comparison.theirs == reader.serverClock(of: space) else { return nil }
        return .compared(
            forked: comparison.forked, lost: comparison.lost, resealDue: try isResealDue(beyond: clock.clock))
    }
}

extension ReplicaView {
    /// Whether this device has edits under the key of an ended epoch that are neither on the server nor in a cut:
    /// devices that were removed since could read them.
    func isResealDue(beyond clock: VectorClock) throws -> Bool {
        guard standing.opensNewest, standing.mayWrite, standing.log.epochs.count > 1 else { return false }
        return try !unsealed(beyond: clock).isEmpty
    }

    func unsealed(beyond clock: VectorClock) throws -> [StoreReader.Arrival] {
        try reader.batches(ofDevice: access.device.identity.signingKey, beyond: clock, in: space).filter { batch in
            guard batch.epoch != standing.log.epoch else { return false }
            let row = standing.log.cut(of: batch.epoch)?[batch.first.replica]
            return row.map { batch.end.dot.n > $0.dot.n } ?? true
        }
    }
}

extension JournalAccess {
    var space: SpaceID { keys.space }
}

extension JournalAccess.Standing {
    var logEnd: LogEnd { LogEnd(count: log.records.count, head: log.head) ?? .empty }
}
