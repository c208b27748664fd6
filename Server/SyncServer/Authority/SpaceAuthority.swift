package import Causality
import Foundation
import Membership
import Wire

/// Answers questions about spaces on any engine: every rule of the server stands here once, and what it decides about
/// one space in a transaction, in ``SpaceLedger``.
///
/// Questions of different devices may be asked concurrently: reads see what is committed, and concurrent writes may
/// share a commit.
package final class SpaceAuthority: ServerStore {
    private let engine: any StoreEngine
    private let limits: StoreLimits
    private let time: StoreTime
    private let hash: HashFunction = Hash256.sha256
    /// Verifies logs on its own queue, so that no other work waits for it.
    private let verifying = DispatchQueue(label: "between.server.logs")
    private let denials = DenialTable()

    package init(_ engine: any StoreEngine, limits: StoreLimits = StoreLimits(), time: StoreTime) {
        self.engine = engine
        self.limits = limits
        self.time = time
    }

    package func answer(_ question: ServerQuestion, to device: DeviceID?) async throws -> ServerAnswer {
        do {
            return try await answerOrRefuse(question, to: device)
        } catch let refusal as StoreRefusal {
            return .refused(refusal.code, refusal.dot)
        } catch let error as any StoreEngineError where error.isFull {
            return .refused(.full, nil)
        }
    }

    private func answerOrRefuse(_ question: ServerQuestion, to device: DeviceID?) async throws -> ServerAnswer {
        if case .identify(let proof, let transcript) = question { return try await identify(proof, transcript) }
        if case .removal(let space, let other) = question {
            guard let device = other ?? device else { throw StoreRefusal(.device) }
            return try await engine.read { transaction, memory in
                .removal(try Self.removal(of: device, from: space, transaction, &memory))
            }
        }
        guard let device, let space = question.space else { throw StoreRefusal(.device) }
        try await verify(space)
        switch question {
        case .append, .take, .supply:
            return try await engine.write { [self] transaction, memory in
                try write(question, space, device, transaction, &memory)
            }
        case .identify, .removal, .log, .records, .compare, .tips, .proof, .batches, .missingBoxes, .boxes, .hold:
            return try await engine.read { [self] transaction, memory in
                try read(question, space, device, transaction, &memory)
            }
        }
    }

    /// Verifies the log of a space that is not in memory, on a queue of its own, since a long log takes a while in
    /// which others are served.
    private func verify(_ id: SpaceID) async throws {
        guard engine.memory.spaces[id] == nil,
            let stored = try await engine.read({ transaction, _ in try StoreMemory.stored(id, in: transaction) })
        else { return }
        let space = try await withCheckedThrowingContinuation { continuation in
            verifying.async { continuation.resume(with: Result { try StoreMemory.verified(stored, id) }) }
        }
        try await engine.read { transaction, memory in
            // Unless it changed meanwhile.
            guard memory.spaces[id] == nil,
                try transaction.records(of: space.key, from: stored.records.count - 1)
                    == Array(stored.records.suffix(1))
            else { return }
            memory.keep(space)
        }
    }

    private func ledger(_ transaction: any StoreTransaction, _ space: StoreMemory.Space) -> SpaceLedger {
        SpaceLedger(transaction, space, limits, hash)
    }

    private func write(
        _ question: ServerQuestion, _ id: SpaceID, _ device: DeviceID, _ transaction: any StoreTransaction,
        _ memory: inout StoreMemory
    ) throws -> ServerAnswer {
        if case .append(_, let record, let cut) = question {
            return try append(record, to: id, cut: cut, device, transaction, &memory)
        }
        let space = try memory.space(id, of: device, in: transaction)
        let ledger = ledger(transaction, space)
        let now = time.monotonic()
        switch question {
        case .take(_, let batch):
            return try take(batch, into: ledger, of: space.log, isPausing: memory.hasPauses(in: id, now: now)) {
                memory.isPaused($0, in: id, now: now)
            }
        case .supply(_, let dot, let box):
            try ledger.supply(box, for: dot)
            return .done
        case .identify, .removal, .log, .append, .records, .compare, .tips, .proof, .batches, .missingBoxes, .boxes,
            .hold:
            preconditionFailure("a question that writes nothing")
        }
    }

    /// - Parameters:
    ///   - isPausing: whether any device of the space is paused.
    ///   - isPaused: whether this device is paused.
    private func take(
        _ batch: Batch, into ledger: SpaceLedger, of log: MembershipLog, isPausing: Bool,
        isPaused: (DeviceID) -> Bool
    ) throws -> ServerAnswer {
        if isPausing, let author = try ledger.author(of: batch, log), isPaused(author) { return .postponed }
        do {
            let (end, isNew) = try ledger.take(batch, log)
            return .took(end, isNew: isNew)
        } catch let refusal as StoreRefusal where refusal.code == .missing && isPausing {
            // It may have seen a postponed batch.
            return .postponed
        }
    }

    private func read(
        _ question: ServerQuestion, _ id: SpaceID, _ device: DeviceID, _ transaction: any StoreTransaction,
        _ memory: inout StoreMemory
    ) throws -> ServerAnswer {
        if case .log(_, let end) = question { return try Self.log(id, end, device, transaction, &memory) }
        let space = try memory.space(id, of: device, in: transaction)
        let ledger = ledger(transaction, space)
        switch question {
        case .records(_, let position):
            return .records(space.log.records(from: position).map(\.linked), end: space.log.logEnd)
        case .compare(_, let theirs):
            let frontier = try ledger.frontier()
            let from = denials.start(of: device, in: id, 0, now: time.monotonic())
            return .compared(
                frontier, forked: try ledger.forked(theirs, ours: frontier),
                missing: try ledger.missingBoxes(besides: [], after: from).dots.count)
        case .tips(_, let replica, let numbers): return .tips(try ledger.ends(of: replica, at: numbers))
        case .proof(_, let dot):
            guard let batch = try ledger.bareBatch(at: dot) else { throw StoreRefusal(.gap) }
            return .proof(batch)
        case .batches(_, let clock, let room):
            let (batches, isLast) = try ledger.batches(beyond: clock, room: room)
            return .batches(batches, isLast: isLast)
        case .missingBoxes(_, let besides):
            let from = denials.start(of: device, in: id, besides.count, now: time.monotonic())
            let (dots, last) = try ledger.missingBoxes(besides: besides, after: from)
            denials.told(device, in: id, besides.count + dots.count, last, now: time.monotonic())
            return .missingBoxes(dots)
        case .boxes(_, let dots, let room): return .boxes(try ledger.boxes(dots, room: room))
        case .hold: return .holding(try ledger.frontier())
        case .identify, .removal, .log, .append, .take, .supply:
            preconditionFailure("a question that writes")
        }
    }
}

// MARK: - Devices

/// Authentication and enrolment.
extension SpaceAuthority {
    /// Authenticates a device, and enrols it if it brings a valid invitation.
    private func identify(_ proof: Authentication, _ transcript: Transcript) async throws -> ServerAnswer {
        guard let device = DeviceIdentity(signingKey: proof.signingKey, agreementKey: proof.agreementKey),
            SignedStatement.authentication(
                version: transcript.version, clientNonce: transcript.client.bytes,
                serverNonce: transcript.server.bytes, device: device.id, serverKeyHash: transcript.keyHash
            ).isSigned(by: device, proof.signature)
        else { throw StoreRefusal(.device) }
        do {
            return try await engine.read { transaction, memory in
                try Self.spaces(of: device.id, transaction, &memory)
            }
        } catch let refusal as StoreRefusal where refusal.code == .device {
            guard let secret = proof.invitation else { return .stranger }
            return try await engine.write { [self] transaction, _ in
                try enrol(device, Invitation.hash(of: secret), transaction)
                return .identified(device.id, spaces: [])
            }
        }
    }

    private static func spaces(
        of device: DeviceID, _ transaction: any StoreTransaction, _ memory: inout StoreMemory
    ) throws -> ServerAnswer {
        guard try !memory.isBlocked(device, in: transaction) else { throw StoreRefusal(.blocked) }
        let all = try transaction.memberships(of: device)
        let spaces = all.filter(\.isCurrent).map(\.space)
        guard try !spaces.isEmpty || isEnrolled(device, transaction) else {
            throw StoreRefusal(all.isEmpty ? .device : .removed)
        }
        return .identified(device, spaces: spaces)
    }

    /// The record that removed a device from a space, or from the first space that it was removed from.
    private static func removal(
        of device: DeviceID, from space: SpaceID?, _ transaction: any StoreTransaction, _ memory: inout StoreMemory
    ) throws -> [UInt8]? {
        for membership in try transaction.memberships(of: device) where !membership.isCurrent {
            guard space == nil || space == membership.space,
                let log = try memory.space(membership.space, in: transaction)?.log
            else { continue }
            if let record = log.record(removing: device) { return record.bytes }
        }
        return nil
    }

    private func enrol(
        _ identity: DeviceIdentity, _ invitation: Hash256, _ transaction: any StoreTransaction
    ) throws {
        guard var stored = try transaction.invitation(invitation), !stored.isUsed,
            stored.invitation.untilMillis > time.wallMillis()
        else { throw StoreRefusal(.slot) }
        stored.isUsed = true
        try transaction.put(stored)
        var device = try transaction.device(identity.id) ?? StoredDevice(identity.id)
        (device.signingKey, device.agreementKey) = (identity.signingKey, identity.agreementKey)
        try transaction.put(device)
    }

    private static func isEnrolled(_ device: DeviceID, _ transaction: any StoreTransaction) throws -> Bool {
        try transaction.device(device)?.isEnrolled ?? false
    }
}

// MARK: - Membership logs

extension SpaceAuthority {
    private static func log(
        _ id: SpaceID, _ end: LogEnd, _ device: DeviceID, _ transaction: any StoreTransaction,
        _ memory: inout StoreMemory
    ) throws -> ServerAnswer {
        guard try !memory.isBlocked(device, in: transaction) else { throw StoreRefusal(.blocked) }
        guard let log = try memory.space(id, in: transaction)?.log else { return .log(missingFrom: nil, end: .empty) }
        guard !log.wasRemoved(device) else { throw StoreRefusal(.removed) }
        let isMember = log.isCurrentMember(device)
        switch log.relation(toCount: end.count, head: end.head) {
        case .equal where isMember: return .log(missingFrom: nil, end: log.logEnd)
        // A device that is not known here yet may bring records if the server was restored from an older backup.
        case .ahead where try isMember || isEnrolled(device, transaction):
            return .log(missingFrom: nil, end: log.logEnd)
        case .behind(let position) where isMember: return .log(missingFrom: position, end: log.logEnd)
        case .forked where isMember: throw StoreRefusal(.logFork)
        case .equal, .behind, .ahead, .forked: throw StoreRefusal(.space)
        }
    }

    /// Appends a record to a log, or begins a space with it.
    ///
    /// A record that would make held batches late is refused with `cut` and quarantined. A record that follows it is
    /// judged together with it, since a raise may come later in the same history.
    ///
    /// The cut of a new record must be the clock that its author asked for. If a device that it removes has written
    /// since, the record is refused too, and that device's batches are paused, so that the next record can include
    /// all of them: otherwise a device could prevent its removal by writing continuously. Batches of others do not
    /// matter, since a cut does not end their feeds.
    ///
    /// - Parameter cut: the clock that this device asked for. Without it, a record that ends an epoch is history that
    ///   is being restored.
    private func append(
        _ linked: LinkedRecord, to id: SpaceID, cut: Frontier?, _ device: DeviceID,
        _ transaction: any StoreTransaction, _ memory: inout StoreMemory
    ) throws -> ServerAnswer {
        guard try !memory.isBlocked(device, in: transaction) else { throw StoreRefusal(.blocked) }
        let before = try memory.space(id, in: transaction)
        var run: [[UInt8]] = []
        if linked.previous != before?.log.head {
            guard let before else { throw StoreRefusal(.head) }
            if before.log.records.contains(where: { $0.bytes == linked.bytes }) {
                return .appended(before.log.logEnd, isNew: false)
            }
            guard let previous = linked.previous,
                let quarantined = try ledger(transaction, before).quarantinedRecords(to: previous),
                quarantined.after == before.log.head
            else { throw StoreRefusal(.head) }
            run = quarantined.records
        }
        run.append(linked.bytes)
        var extended = before?.log
        for bytes in run { extended = try Self.extend(extended, with: bytes) }
        guard let log = extended, log.batchVersion == Batch.wireVersion else { throw StoreRefusal(.update) }
        guard log.space == id else { throw StoreRefusal(.record) }
        let position = log.records.count - run.count
        let records = log.records(from: position)
        // A refill may begin with records from before its sender was added.
        let isMember = log.isCurrentMember(device) || before?.log.isCurrentMember(device) ?? false
        guard try isMember || Self.isEnrolled(device, transaction) else {
            throw StoreRefusal(log.wasRemoved(device) ? .removed : .space)
        }
        let space = StoreMemory.Space(key: try before?.key ?? newSpace(id, by: device, transaction), log: log)
        let ledger = ledger(transaction, space)
        let endsEpoch = records.contains { $0.beginning != nil }
        if let cut, run.count == 1, let beginning = records.first?.beginning {
            guard beginning.cut == cut else { throw StoreRefusal(.cut) }
            guard try ledger.isWithinBounds(log) else {
                guard let record = records.first, Defence.pausesWhoIsRemoved.isUp else { throw StoreRefusal(.cut) }
                try countPause(by: record, ledger, space, &memory)
                memory.pause(log.left(since: before?.log), in: id, now: time.monotonic())
                return .refused(.cut, nil)
            }
        } else if endsEpoch, Defence.comparesCuts.isUp, try !ledger.isWithinBounds(log) {
            // A quarantined record counts as if it were appended.
            if let record = records.last { try ledger.count(record, of: space, at: time.wallMillis()) }
            try ledger.keepQuarantined(linked.bytes, at: time.wallMillis())
            return .refused(.cut, nil)
        }
        for record in records {
            if record.departing.isEmpty {
                try ledger.count(record, of: space, at: time.wallMillis())
            } else {
                try ledger.count(removal: record, of: space, isCutTrue: cut != nil && run.count == 1)
            }
        }
        try transaction.setRecords(records.map(\.bytes), of: space.key, from: position)
        try ledger.forgetQuarantined(records)
        try ledger.setMembers(of: log, before: before?.log)
        if endsEpoch, !Defence.comparesCuts.isUp { try ledger.quarantineLate(log, at: time.wallMillis()) }
        memory.keep(space)
        return .appended(log.logEnd, isNew: true)
    }

    /// Counts a record that was refused and pauses whom it removes: as one of the day's, or if these are used up as one
    /// of the few that its author has all the same.
    private func countPause(
        by record: MembershipRecord, _ ledger: SpaceLedger, _ space: StoreMemory.Space, _ memory: inout StoreMemory
    ) throws {
        let millis = time.wallMillis()
        guard try ledger.isDayUsedUp(at: millis) else { return try ledger.count(record, of: space, at: millis) }
        let count = memory.countPause(by: record.author, in: space.log.space, onDay: SpaceLedger.day(millis))
        guard count <= limits.pausesReservedPerDevice else { throw StoreRefusal(.full) }
    }

    private static func extend(_ log: MembershipLog?, with bytes: [UInt8]) throws -> MembershipLog {
        do throws(MembershipError) {
            let record = try MembershipRecord(parsing: bytes)
            guard var log else { return try MembershipLog(genesis: record) }
            try log.append(record)
            return log
        } catch {
            throw StoreRefusal(error.needsUpdate ? .update : .record)
        }
    }

    private func newSpace(
        _ id: SpaceID, by device: DeviceID, _ transaction: any StoreTransaction
    ) throws -> StoreKey {
        let memberships = try transaction.memberships(of: device).filter(\.isCurrent)
        let isEnrolled = try Self.isEnrolled(device, transaction)
        // Its connection may be older than the record that removed it from its last space.
        guard isEnrolled || !memberships.isEmpty else { throw StoreRefusal(.space) }
        let account = isEnrolled ? device : Self.account(of: memberships)
        if let account {
            guard try transaction.usage(of: account).spaceCount < limits.spacesPerPersonMax else {
                throw StoreRefusal(.full)
            }
        }
        return try transaction.addSpace(id, account: account).key
    }

    /// The account whose quota a device uses that did not enrol: that of the oldest space that it is a member of.
    private static func account(of memberships: [StoredMembership]) -> DeviceID? {
        memberships.filter { $0.account != nil }.min { $0.key < $1.key }?.account
    }
}

// MARK: - Administration

extension SpaceAuthority: ServerAdministration {
    package func invite(_ invitation: Invitation) async throws {
        try await engine.write { [self] transaction, _ in
            try transaction.removeInvitations(expiringBy: time.wallMillis())
            guard try transaction.invitation(invitation.hash) == nil else { return }
            try transaction.put(StoredInvitation(invitation, isUsed: false))
        }
    }

    package func block(_ id: DeviceID, _ isBlocked: Bool) async throws {
        try await engine.write { transaction, memory in
            var device = try transaction.device(id) ?? StoredDevice(id)
            device.isBlocked = isBlocked
            try transaction.put(device)
            memory.blockedDevicesChanged()
        }
    }

    package func keep(_ id: DeviceID, _ isKept: Bool) async throws -> Bool {
        try await engine.write { transaction, _ in
            guard var device = try transaction.device(id), device.isEnrolled else { return false }
            device.isKept = isKept
            try transaction.put(device)
            return true
        }
    }

    package func status() async throws -> StoreStatus {
        let isReadOnly = engine.isReadOnly
        return try await engine.read { transaction, memory in
            StoreStatus(
                spaces: try transaction.statusOfSpaces(),
                enrolled: try transaction.devices().filter(\.isEnrolled).map(\.id),
                blockedCount: try memory.blockedDevices(in: transaction).count,
                isReadOnly: isReadOnly, isScrubDue: try transaction.isScrubDue)
        }
    }

    package func settle(_ id: SpaceID, head: Hash256) async throws -> Bool {
        try await engine.write { [self] transaction, memory in
            guard let before = try memory.space(id, in: transaction) else { return false }
            // The head may also be a record that was refused, or that the log contained before it was cut back.
            let quarantined = try ledger(transaction, before).quarantinedRecords(to: head)
            guard
                let position = before.log.position(of: head)
                    ?? quarantined.flatMap({ before.log.position(of: $0.after) })
            else { return false }
            let brought = before.log.position(of: head) == nil ? quarantined?.records ?? [] : []
            let kept = before.log.records.prefix(position + 1).map(\.bytes)
            guard let log = try? MembershipLog(parsing: kept + brought) else { return false }
            let space = StoreMemory.Space(key: before.key, log: log)
            let ledger = ledger(transaction, space)
            let millis = time.wallMillis()
            for record in before.log.records(from: position + 1) {
                try transaction.quarantineRecord(record.bytes, record.hash, of: space.key, at: millis)
            }
            try transaction.setRecords(brought, of: space.key, from: position + 1)
            try ledger.forgetQuarantined(log.records(from: position + 1))
            try ledger.setMembers(of: space.log, before: before.log)
            try ledger.quarantineUnknown(space.log, at: millis)
            memory.keep(space)
            return true
        }
    }

    package func backup(to path: String) async throws { try await engine.backup(to: path) }

    package func scrub() async throws -> Bool { try await engine.scrub() }

    package func close() async throws { try await engine.close() }
}

extension MembershipLog {
    /// Devices that were members before and are not any more.
    func left(since before: MembershipLog?) -> Set<DeviceID> {
        Set(before?.members.map(\.device.id).filter { !isCurrentMember($0) } ?? [])
    }

    /// Its length and head in the wire's form.
    var logEnd: LogEnd { LogEnd(count: end.count, head: end.head) ?? .empty }
}

extension MembershipRecord {
    var linked: LinkedRecord { LinkedRecord(previous: previous, bytes: bytes) }
}
