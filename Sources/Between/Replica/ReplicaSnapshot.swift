import SyncClient
import CanonicalJSON
import Causality
import Membership
import ReplicaStore
import Sealing
import Wire

/// A consistent read-only view of a replica, which answers questions that change nothing.
struct ReplicaSnapshot {
    let reader: StoreReader
    let space: Space
    let access: JournalAccess
    let membership: JournalAccess.MembershipStatus
    private let request: RecordRequest?

    /// - Throws: ``JournalError/joinedMeanwhile`` if the space was replaced by a join.
    init(_ reader: StoreReader, _ access: JournalAccess, of id: SpaceID, _ request: RecordRequest? = nil) throws {
        guard let space = try reader.space(named: access.name), space.id == id.bytes else {
            throw JournalError.joinedMeanwhile
        }
        self.reader = reader
        self.space = space
        self.access = access
        self.request = request
        membership = try access.membership(reader, in: space)
    }

    var hasOpenBatch: Bool { get throws { try reader.hasOpenBatch(in: space) } }

    func answer(_ question: ReplicaQuestion) throws -> ReplicaAnswer {
        switch question {
        case .logEnd: return .logEnd(membership.logEnd)
        case .relation(let end):
            let relation = membership.log.relation(toCount: end.count, head: end.head)
            guard relation == .equal, !access.isJoining else { return .relation(relation) }
            if let raise = try owedRaise() { return .owesRecord(raise) }
            return membership.owesEpoch ? .owesEpoch : .relation(.equal)
        case .records(let position):
            let records = membership.log.records(from: position)
            return .records(
                records.map { LinkedRecord(previous: $0.previous, bytes: $0.bytes) }, end: membership.logEnd)
        case .frontier: return .frontier(try reader.frontier(of: space))
        case .tips(let replica, let numbers):
            return .tips(
                try reader.tips(of: replica, in: space, within: numbers, limit: WireLimits.tipsMax))
        case .judge(let dot, let code): return .judged(try judges(dot, code))
        case .provesFork(let batch): return .judged(try isFork(batch))
        case .batches(let clock, let feeds, let room): return try batches(beyond: clock, without: feeds, room)
        case .missingBoxes(let known):
            // Which boxes are needed is known only when the space can be opened.
            guard !access.isJoining else { return .missingBoxes([]) }
            return .missingBoxes(
                try reader.missingBoxes(
                    in: space, besides: known, limit: WireLimits.fetchDotsMax, access.keyring(membership)))
        case .boxes(let dots, let room): return .boxes(try boxes(dots, room))
        case .makeRecord(let cut): return try makeRecord(cut)
        case .extendLog, .compare, .rebase, .reseal, .take, .quarantine, .serverHolds, .noteRemoval, .supply:
            preconditionFailure("a question that changes the replica")
        }
    }

    private func batches(
        beyond clock: VectorClock, without feeds: Set<ReplicaID>, _ room: Int
    ) throws -> ReplicaAnswer {
        var left = room
        var batches: [Batch] = []
        let isLast = try reader.batches(of: space, beyond: clock, without: feeds) { batch in
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
        guard let member = membership.member, member.role == .owner, membership.log.hasDepartures,
            Defence.keepsStayersEdits.isUp
        else { return nil }
        let ends = membership.log.owedRaise(of: try reader.tips(of: space).map { ($0.end, $0.deviceKey) })
        guard !ends.ends.isEmpty else { return nil }
        let record = membership.log.raising(ends, by: access.device)
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
            } else if let end = try reader.tips(
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
        let endsEpoch = request.map { $0.endsEpoch && !$0.isDone(in: membership.log) } ?? false
        let isOwed = cut != nil && membership.owesEpoch && !endsEpoch
        let request = isOwed ? .rotate(from: membership.log.epoch) : self.request
        guard let request, !request.isDone(in: membership.log) else { return .done }
        let (log, device) = (membership.log, access.device)
        var generator = SystemRandomNumberGenerator()
        var next = log
        if !request.endsEpoch, !membership.opensNewest, Defence.repairsEpochs.isUp {
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

extension ReplicaSnapshot {
    /// Compares with the server's clock; `nil` if the stored server clock has to change.
    func compare(_ clock: Frontier) throws -> ReplicaAnswer? {
        let comparison = try reader.comparison(with: clock, in: space)
        guard try comparison.theirs == reader.serverClock(of: space) else { return nil }
        return .compared(
            forked: comparison.forked, lost: comparison.lost, resealDue: try isResealDue(beyond: clock.clock))
    }
}

extension ReplicaSnapshot {
    /// Whether this device has edits under the key of an ended epoch that are neither on the server nor in a cut:
    /// devices that were removed since could read them.
    func isResealDue(beyond clock: VectorClock) throws -> Bool {
        guard membership.opensNewest, membership.mayWrite, membership.log.epochs.count > 1 else { return false }
        return try !unsealed(beyond: clock).isEmpty
    }

    func unsealed(beyond clock: VectorClock) throws -> [StoreReader.Arrival] {
        try reader.batches(ofDevice: access.device.identity.signingKey, beyond: clock, in: space).filter { batch in
            guard batch.epoch != membership.log.epoch else { return false }
            let row = membership.log.cut(of: batch.epoch)?[batch.first.replica]
            return row.map { batch.end.dot.n > $0.dot.n } ?? true
        }
    }
}

extension JournalAccess {
    var space: SpaceID { keys.space }
}

extension JournalAccess.MembershipStatus {
    var logEnd: LogEnd { LogEnd(count: log.records.count, head: log.head) ?? .empty }
}

// MARK: - Proofs

/// Checks a server's claims about this device and its edits before acting on them.
extension ReplicaSnapshot {
    /// Whether this device agrees with the server's claim.
    private func judges(_ dot: Dot?, _ code: ErrorCode) throws -> Bool {
        switch (dot, code) {
        case (nil, .removed): return try isRemoved
        case (let dot?, .tooLarge): return try isTooLarge(dot)
        case (let dot?, .rights): return try isOverreach(dot)
        default: return false
        }
    }

    /// Whether a record removes this device: one of its log, or one that a server showed.
    var isRemoved: Bool {
        get throws {
            if membership.member == nil { return true }
            guard let text = try reader.setting(Journal.removalSetting), !text.isEmpty,
                let value = try? JSONValue(parsing: Array(text.utf8)), let record = value.asObject?.bytes("record")
            else { return false }
            return isRemoval(record)
        }
    }

    /// Whether a record removes this device, and is signed by a member with that right; it need not follow the log
    /// here.
    func isRemoval(_ bytes: [UInt8]) -> Bool {
        guard let record = try? MembershipRecord(parsing: bytes),
            record.departing.contains(access.device.identity.id),
            let author = membership.log.member(record.author),
            author.role == .owner || author.person == membership.person
        else { return false }
        return record.isSigned(by: author.device)
    }

    private func isTooLarge(_ dot: Dot) throws -> Bool {
        guard let box = try reader.box(of: dot, in: space) else { return false }
        return box.count > SealingLimits.boxLengthMax
    }

    private func isOverreach(_ dot: Dot) throws -> Bool {
        guard let batch = try reader.batch(with: dot, in: space),
            let origin = try reader.origin(of: dot.replica, in: space),
            let signer = membership.log.member(signingKey: origin.deviceKey, at: batch.header.head)
        else { return false }
        return batch.dotted.contains { other, edit in
            other == dot && edit.header.isForget
                && !membership.log.mayForget(
                    edit.header.entry, by: signer, proof: edit.header.proof, Hash256.sha256)
        }
    }

    /// Whether this batch, and the one that is held in its place, differ and are both signed by the feed's device.
    /// The held one was checked when it was taken.
    private func isFork(_ batch: Batch) throws -> Bool {
        let header = batch.header
        guard batch.defect(Hash256.sha256) == nil, let origin = try reader.origin(of: header.replica, in: space),
            let device = DeviceIdentity(signingKey: origin.deviceKey, agreementKey: origin.deviceKey)
        else { return false }
        let before =
            header.first == 1
            ? FeedState.start(space: space.id, replica: header.replica, Hash256.sha256)
            : try reader.end(of: Dot(header.replica, header.first - 1), in: space)
        guard header.previous == before, try reader.holding(header.firstDot, in: space) != .nothing else {
            return false
        }
        let end = batch.tip(Hash256.sha256)
        return !reader.holds(end, in: space) && batch.isSigned(by: device, feedHash: end.hash)
    }
}

extension StoreReader {
    fileprivate func end(of dot: Dot, in space: Space) throws -> Hash256? {
        if case .end(let hash) = try holding(dot, in: space) { hash } else { nil }
    }
}

extension JournalReplica {
    /// The device of a feed; `nil` if nothing of it is here.
    func device(of replica: ReplicaID) async -> DeviceID? {
        let key = try? await journal.read { [access, space] reader in
            try reader.origin(of: replica, in: ReplicaSnapshot(reader, access, of: space).space)?.deviceKey
        }
        // A device id depends only on the signing key.
        return key.flatMap { DeviceIdentity(signingKey: $0, agreementKey: $0)?.id }
    }

    /// Whether a record removes this device.
    func isRemoved() async throws -> Bool {
        try await journal.read { [access, space] in try ReplicaSnapshot($0, access, of: space).isRemoved }
    }
}
