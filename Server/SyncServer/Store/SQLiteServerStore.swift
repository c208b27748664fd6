package import Causality
import Foundation
import GRDB
import Membership
package import SQLiteFile
import Wire

/// A server's store in one SQLite file, whose lock it holds while it is open.
///
/// Questions of different devices may be asked concurrently: reads see what is committed, and concurrent writes share
/// a commit. After a commit failed on the disk, nothing is written until the store is opened again.
package final class SQLiteServerStore: ServerStore {
    /// The database file.
    package let file: DatabaseFile
    let limits: StoreLimits
    let time: StoreTime
    let commits: GroupCommit
    let hash: HashFunction = Hash256.sha256
    /// Verifies logs on its own queue, so that no other work waits for it.
    private let verifying = DispatchQueue(label: "between.server.logs")
    private let denials = DenialTable()

    /// Opens a store, or creates it.
    ///
    /// - Parameters:
    ///   - path: the path of the database.
    ///   - lockFile: locked until ``close()``; a second process is refused at once.
    ///   - createIfMissing: `false` if there was a store before: an empty one would hide the loss.
    ///   - onStatement: called with every statement; for tests.
    /// - Throws: `SQLiteFileError`.
    package init(
        _ path: String, lockFile: String, createIfMissing: Bool, limits: StoreLimits = StoreLimits(), time: StoreTime,
        onStatement: (@Sendable (String) -> Void)? = nil
    ) throws {
        file = try DatabaseFile.open(
            path, lockFile: lockFile, schema: ServerSchema.schema, lock: .forLife, createIfMissing: createIfMissing,
            onStatement: onStatement)
        self.limits = limits
        self.time = time
        if !file.isReadOnly { try file.write { try Self.indexQuarantine($0) } }
        var memory = StoreMemory()
        memory.blocked = try file.read { database in
            Set(
                try database.all("SELECT id FROM device WHERE is_blocked").map {
                    guard let device = DeviceID($0.bytes(0)) else { throw StoreDamage("a device") }
                    return device
                })
        }
        commits = GroupCommit(file, memory)
    }

    /// Indexes the entries of batches that were quarantined before that index existed.
    private static func indexQuarantine(_ database: Database) throws {
        guard try database.first("SELECT 1 FROM setting WHERE name = 'aside_unread'") != nil else { return }
        try database.each(
            """
            SELECT aside.key, aside.bytes, space.key, space.id FROM aside JOIN space ON space.key = aside.space ORDER BY aside.key
            """
        ) { row in
            guard let id = SpaceID(row.bytes(3)) else { throw StoreDamage("a space") }
            try SpaceTables(database, row[2], id).index(
                quarantined: row[0], try SpaceTables.batch(ofQuarantined: row.bytes(1)))
        }
        try database.run("DELETE FROM setting WHERE name = 'aside_unread'")
    }

    /// Writes that were requested and not answered; for tests of concurrent writes.
    package var writeCount: Int { commits.count }

    package func answer(_ question: ServerQuestion, to device: DeviceID?) async throws -> ServerAnswer {
        do {
            return try await answerOrRefuse(question, to: device)
        } catch let refusal as StoreRefusal {
            return .refused(refusal.code, refusal.dot)
        } catch let error as SQLiteFileError where error.code == .full {
            return .refused(.full, nil)
        }
    }

    private func answerOrRefuse(_ question: ServerQuestion, to device: DeviceID?) async throws -> ServerAnswer {
        if case .identify(let proof, let transcript) = question { return try await identify(proof, transcript) }
        if case .removal(let space, let other) = question {
            guard let device = other ?? device else { throw StoreRefusal(.device) }
            return try await commits.read { database, memory in
                .removal(try Self.removal(of: device, from: space, database, &memory))
            }
        }
        guard let device, let space = question.space else { throw StoreRefusal(.device) }
        try await verify(space)
        switch question {
        case .append, .take, .supply:
            return try await commits.write { [self] database, memory in
                try write(question, space, device, database, &memory)
            }
        case .identify, .removal, .log, .records, .compare, .tips, .proof, .batches, .missingBoxes, .boxes, .hold:
            return try await commits.read { [self] database, memory in
                try read(question, space, device, database, &memory)
            }
        }
    }

    /// Verifies the log of a space that is not in memory, on a queue of its own, since a long log takes a while in
    /// which others are served.
    private func verify(_ id: SpaceID) async throws {
        guard !commits.isKept(id), let stored = try await file.read({ try StoreMemory.stored(id, in: $0) }) else {
            return
        }
        let space = try await withCheckedThrowingContinuation { continuation in
            verifying.async { continuation.resume(with: Result { try StoreMemory.verified(stored, id) }) }
        }
        try await commits.read { database, memory in
            let now = try database.first(
                "SELECT count(*), max(position) FROM record WHERE space = ?", space.key.value)
            let head = try database.first(
                "SELECT bytes FROM record WHERE space = ? AND position = ?", space.key.value,
                (stored.records.count - 1).value)
            // Unless it changed meanwhile.
            guard memory.spaces[id] == nil, now?[0] == stored.records.count, head?.bytes(0) == stored.records.last
            else {
                return
            }
            memory.keep(space)
        }
    }

    private func write(
        _ question: ServerQuestion, _ id: SpaceID, _ device: DeviceID, _ database: Database,
        _ memory: inout StoreMemory
    ) throws -> ServerAnswer {
        if case .append(_, let record, let cut) = question {
            return try append(record, to: id, cut: cut, device, database, &memory)
        }
        let space = try memory.space(id, of: device, in: database)
        let tables = SpaceTables(database, space)
        let now = time.monotonic()
        switch question {
        case .take(_, let batch):
            return try take(batch, into: tables, of: space.log, isPausing: memory.hasPauses(in: id, now: now)) {
                memory.isPaused($0, in: id, now: now)
            }
        case .supply(_, let dot, let box):
            try tables.supply(box, for: dot, hash, limits)
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
        _ batch: Batch, into tables: SpaceTables, of log: MembershipLog, isPausing: Bool,
        isPaused: (DeviceID) -> Bool
    ) throws -> ServerAnswer {
        if isPausing, let author = try tables.author(of: batch, log), isPaused(author) { return .postponed }
        do {
            let (end, isNew) = try tables.take(batch, log, limits, hash)
            return .took(end, isNew: isNew)
        } catch let refusal as StoreRefusal where refusal.code == .missing && isPausing {
            // It may have seen a postponed batch.
            return .postponed
        }
    }

    private func read(
        _ question: ServerQuestion, _ id: SpaceID, _ device: DeviceID, _ database: Database,
        _ memory: inout StoreMemory
    ) throws -> ServerAnswer {
        if case .log(_, let end) = question { return try Self.log(id, end, device, database, &memory) }
        let space = try memory.space(id, of: device, in: database)
        let tables = SpaceTables(database, space)
        switch question {
        case .records(_, let position):
            return .records(space.log.records(from: position).map(\.linked), end: space.log.logEnd)
        case .compare(_, let theirs):
            let frontier = try tables.frontier()
            let from = denials.start(of: device, in: id, 0, now: time.monotonic())
            return .compared(
                frontier, forked: try tables.forked(theirs, ours: frontier),
                missing: try tables.missingBoxes(besides: [], after: from).dots.count)
        case .tips(_, let replica, let numbers): return .tips(try tables.ends(of: replica, at: numbers))
        case .proof(_, let dot):
            guard let batch = try tables.bareBatch(at: dot) else { throw StoreRefusal(.gap) }
            return .proof(batch)
        case .batches(_, let clock, let room):
            let (batches, isLast) = try tables.batches(beyond: clock, room: room)
            return .batches(batches, isLast: isLast)
        case .missingBoxes(_, let besides):
            let from = denials.start(of: device, in: id, besides.count, now: time.monotonic())
            let (dots, last) = try tables.missingBoxes(besides: besides, after: from)
            denials.told(device, in: id, besides.count + dots.count, last, now: time.monotonic())
            return .missingBoxes(dots)
        case .boxes(_, let dots, let room): return .boxes(try tables.boxes(dots, room: room))
        case .hold: return .holding(try tables.frontier())
        case .identify, .removal, .log, .append, .take, .supply:
            preconditionFailure("a question that writes")
        }
    }
}

extension StoreMemory {
    /// The space, if this device is a current member.
    mutating func space(_ id: SpaceID, of device: DeviceID, in database: Database) throws -> Space {
        guard !blocked.contains(device) else { throw StoreRefusal(.blocked) }
        guard let space = try space(id, in: database) else { throw StoreRefusal(.space) }
        guard space.log.isCurrentMember(device) else {
            throw StoreRefusal(space.log.wasRemoved(device) ? .removed : .space)
        }
        return space
    }
}

// MARK: - Devices

/// Authentication and enrolment.
extension SQLiteServerStore {
    /// Authenticates a device, and enrols it if it brings a valid invitation.
    private func identify(_ proof: Authentication, _ transcript: Transcript) async throws -> ServerAnswer {
        guard let device = DeviceIdentity(signingKey: proof.signingKey, agreementKey: proof.agreementKey),
            SignedStatement.authentication(
                version: transcript.version, clientNonce: transcript.client.bytes,
                serverNonce: transcript.server.bytes, device: device.id, serverKeyHash: transcript.keyHash
            ).isSigned(by: device, proof.signature)
        else { throw StoreRefusal(.device) }
        do {
            return try await commits.read { database, memory in try Self.spaces(of: device.id, database, memory) }
        } catch let refusal as StoreRefusal where refusal.code == .device {
            guard let secret = proof.invitation else { return .stranger }
            return try await commits.write { [self] database, _ in
                try enrol(device, Invitation.hash(of: secret), database)
                return .identified(device.id, spaces: [])
            }
        }
    }

    private static func spaces(
        of device: DeviceID, _ database: Database, _ memory: StoreMemory
    ) throws -> ServerAnswer {
        guard !memory.blocked.contains(device) else { throw StoreRefusal(.blocked) }
        let rows = try database.all(
            """
            SELECT space.id, member.is_current FROM member JOIN space ON space.key = member.space
            WHERE member.device = ? ORDER BY space.id
            """, device.bytes.value)
        let spaces = try rows.filter { $0[1] }.map { row in
            guard let space = SpaceID(row.bytes(0)) else { throw StoreDamage("a space") }
            return space
        }
        guard try !spaces.isEmpty || isEnrolled(device, database) else {
            throw StoreRefusal(rows.isEmpty ? .device : .removed)
        }
        return .identified(device, spaces: spaces)
    }

    /// The record that removed a device from a space, or from the first space that it was removed from.
    private static func removal(
        of device: DeviceID, from space: SpaceID?, _ database: Database, _ memory: inout StoreMemory
    ) throws -> [UInt8]? {
        let rows = try database.all(
            """
            SELECT space.id FROM member JOIN space ON space.key = member.space
            WHERE member.device = ? AND NOT member.is_current ORDER BY space.id
            """, device.bytes.value)
        for row in rows {
            guard let id = SpaceID(row.bytes(0)) else { throw StoreDamage("a space") }
            guard space == nil || space == id, let log = try memory.space(id, in: database)?.log else { continue }
            if let record = log.record(removing: device) { return record.bytes }
        }
        return nil
    }

    private func enrol(_ device: DeviceIdentity, _ invitation: Hash256, _ database: Database) throws {
        // One statement, so that one of two concurrent enrolments is refused.
        try database.run(
            "UPDATE invitation SET is_used = 1 WHERE hash = ? AND is_used = 0 AND until > ?", invitation.bytes.value,
            time.wallMillis().value)
        guard database.changesCount == 1 else { throw StoreRefusal(.slot) }
        try database.run(
            """
            INSERT INTO device (id, signing_key, agreement_key) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET signing_key = excluded.signing_key, agreement_key = excluded.agreement_key
            """, device.id.bytes.value, device.signingKey.value, device.agreementKey.value)
    }
}
