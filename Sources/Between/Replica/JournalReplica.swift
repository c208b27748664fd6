package import SyncClient
package import Causality
package import Membership
package import ReplicaStore
package import Sealing
import SQLiteFile
import Synchronization
import Wire

/// A space of a home as the replica of a conversation: each question is answered in one transaction, and its changes
/// are on the disk when the answer is returned.
///
/// Any number of processes may use the home concurrently. The membership log is cached in memory, and read again when
/// another process extended it.
package final class JournalReplica: Sendable {
    let journal: Journal
    let access: JournalAccess
    package let space: SpaceID
    private let isNewServer: Bool
    private let wanted = Mutex<RecordRequest?>(nil)
    private let round = Mutex(AlarmRound())

    /// - Parameter isNewServer: whether this device moves to a server that never held any of its edits.
    /// - Throws: ``JournalError/Code/keys`` if the device's keys are missing.
    package convenience init(_ journal: Journal, isNewServer: Bool = false) throws {
        try self.init(journal, isNewServer: isNewServer, try journal.access.get())
    }

    /// The replica of the space that a pending join downloads.
    ///
    /// - Throws: ``JournalError`` if there is none.
    package convenience init(joining journal: Journal) throws {
        do {
            let access = try journal.store.read { try JournalAccess(journal.home, $0, name: Space.joining) }
            try self.init(journal, isNewServer: true, access)
        } catch {
            throw JournalError.translated(error)
        }
    }

    private init(_ journal: Journal, isNewServer: Bool, _ access: JournalAccess) throws {
        self.journal = journal
        self.isNewServer = isNewServer
        self.access = access
        space = try journal.store.read { reader in
            // A join may have replaced the space since the journal was opened.
            if let space = try reader.space(named: access.name) { try access.membership(reader, in: space) }
            return access.space
        }
    }

    /// The record that was requested last, until it is in the log or was refused.
    package var request: RecordRequest? {
        get { wanted.withLock(\.self) }
        set { wanted.withLock { $0 = newValue } }
    }

    /// Answers a question.
    ///
    /// - Returns: ``ReplicaAnswer/refused(_:)`` with `full` or `failed` if the disk is full or another process held
    ///   the lock for too long: nothing changed, and it may be retried.
    /// - Throws: ``JournalError`` for errors that a retry does not fix.
    package func answer(_ question: ReplicaQuestion) async throws -> ReplicaAnswer {
        do {
            return try await work(question)
        } catch let error as SQLiteFileError where Self.code(of: error) != nil {
            return .refused(Self.code(of: error) ?? .failed)
        } catch {
            throw JournalError.translated(error)
        }
    }

    /// Answers questions in order. If all of them bring edits or boxes, or report what the server holds, they share
    /// one transaction, so that taking many batches costs one commit.
    package func answer(_ questions: [ReplicaQuestion]) async throws -> [ReplicaAnswer] {
        guard questions.count > 1, questions.allSatisfy(\.isSmallWrite) else {
            var answers: [ReplicaAnswer] = []
            for question in questions { answers.append(try await answer(question)) }
            return answers
        }
        do {
            let answers = try await write(
                isNews: questions.contains(where: \.changesEntries), isDurable: questions.contains(where: \.isDurable)
            ) { transaction in
                let answers = try transaction.write { writer in try questions.map { try transaction.answer($0, writer) }
                }
                if questions.contains(where: \.bringsContents) { try transaction.reopenHandedOn() }
                return answers
            }
            try await handOnKeys(after: questions)
            return answers
        } catch let error as SQLiteFileError where Self.code(of: error) != nil {
            return questions.map { _ in .refused(Self.code(of: error) ?? .failed) }
        } catch {
            throw JournalError.translated(error)
        }
    }

    private static func code(of error: SQLiteFileError) -> ErrorCode? {
        switch error.code {
        case .full: .full
        case .locked: .failed
        default: nil
        }
    }

    private func work(_ question: ReplicaQuestion) async throws -> ReplicaAnswer {
        let answer = try await change(question)
        try await handOnKeys(after: [question])
        return answer
    }

    /// Hands on the keys of epochs to which the followed one does not lead, if one of these questions may require it.
    private func handOnKeys(after questions: [ReplicaQuestion]) async throws {
        guard !access.isJoining else { return }
        let strays = access.strays
        guard !strays.isEmpty, questions.contains(where: { $0.mayOweKeys(strays) }) else { return }
        let isOwed = try await read { view in
            try !view.membership.owedKeys(
                of: view.reader.epochs(in: view.space), view.reader, view.access.keyring(view.membership)
            ).isEmpty
        }
        guard isOwed else { return }
        // Like all writes of this device: it starts a new feed first if the home was copied or restored.
        let (down, id) = (Defence.down, space)
        try await journal.write { transaction in
            guard transaction.membership.log.space == id,
                let space = try transaction.store.reader.space(named: Journal.privateSpace)
            else { return }
            try Defence.$down.withValue(down) { try transaction.handOn(space) }
        }
    }

    private func change(_ question: ReplicaQuestion) async throws -> ReplicaAnswer {
        switch question {
        case .logEnd, .relation, .records, .tips, .judge, .provesFork, .missingBoxes, .boxes, .makeRecord:
            return try await read { try $0.answer(question) }
        case .frontier, .batches:
            // Usually no batch is open, and then no lock is needed.
            if let answer = try await read({ try $0.hasOpenBatch ? nil : try $0.answer(question) }) { return answer }
            return try await write(isNews: false) { transaction in
                try transaction.write { try $0.closeBatch() }
                return try transaction.view.answer(question)
            }
        case .compare(let clock):
            let known = try await read { try $0.compare(clock) }
            let answer = if let known { known } else { try await write(isNews: false) { try $0.compare(clock) } }
            // A new server did not lose what the old one held.
            guard isNewServer, case .compared(let forked, _, let resealDue) = answer else { return answer }
            return .compared(forked: forked, lost: 0, resealDue: resealDue)
        case .noteRemoval(let record):
            return try await write(isNews: false) { try $0.noteRemoval(record) }
        case .extendLog(let previous, let record):
            return try await write { try $0.extendLog(previous, record) }
        case .rebase(let roots, let shared, let dropping):
            return try await write { try $0.rebase(roots, shared, Set(dropping)) }
        case .reseal(let shared):
            return try await write { try $0.reseal(shared) }
        case .take, .quarantine, .serverHolds, .supply:
            return try await write(isNews: question.changesEntries, isDurable: question.isDurable) { transaction in
                let answer = try transaction.write { try transaction.answer(question, $0) }
                if question.bringsContents { try transaction.reopenHandedOn() }
                return answer
            }
        }
    }

    private func read<T: Sendable>(_ body: @Sendable (ReplicaSnapshot) throws -> T) async throws -> T {
        // The store's queue is not a task, so task-local values of tests are passed on.
        let down = Defence.down
        return try await journal.store.read { [access, space, request] reader in
            try Defence.$down.withValue(down) { try body(try ReplicaSnapshot(reader, access, of: space, request)) }
        }
    }

    /// - Parameter isNews: whether entries may have changed, so that observers are notified.
    private func write<T: Sendable>(
        isNews: Bool = true, isDurable: Bool = true, _ body: @escaping @Sendable (ReplicaTransaction) throws -> T
    ) async throws -> T {
        let down = Defence.down
        let result = try await journal.store.write(isDurable: isDurable) {
            [access, space, environment = journal.environment] transaction in
            try Defence.$down.withValue(down) {
                try body(ReplicaTransaction(transaction, access, of: space, now: environment.now()))
            }
        }
        if isNews { journal.commits.signal() }
        return result
    }
}

extension ReplicaQuestion {
    /// Whether it may change what is shown.
    fileprivate var changesEntries: Bool {
        switch self {
        case .take, .supply, .extendLog, .rebase, .reseal: true
        case .logEnd, .relation, .records, .frontier, .compare, .tips, .batches, .quarantine, .serverHolds, .judge,
            .provesFork, .noteRemoval, .missingBoxes, .boxes, .makeRecord:
            false
        }
    }

    /// Whether it brings boxes, which may contain a key that another device hands on.
    fileprivate var bringsContents: Bool {
        switch self {
        case .take, .supply: true
        default: false
        }
    }

    /// Whether this device may owe others a key after it: an exchange begins, the log grew, or a batch is sealed under
    /// such a key.
    fileprivate func mayOweKeys(_ strays: [Hash256]) -> Bool {
        switch self {
        case .compare, .extendLog: true
        case .take(let batch): strays.contains(batch.header.epoch)
        default: false
        }
    }

    /// Whether its answer waits for the disk: all but what the server says that it holds, since it says so again.
    fileprivate var isDurable: Bool {
        if case .serverHolds = self { false } else { true }
    }
}

/// A requested change of the membership; the record is made when both sides are up to date.
package enum RecordRequest: Hashable, Sendable {
    case add(DeviceIdentity, person: PersonID, role: Role)
    /// A recovery key, bound to the space and to its state when the record is made.
    case addKey(RecoveryKey, person: PersonID, role: Role)
    case remove([DeviceID])
    /// Replaces the keys of this epoch.
    case rotate(from: Hash256)

    /// Whether it ends an epoch, and so needs a cut.
    package var endsEpoch: Bool {
        switch self {
        case .add, .addKey: false
        case .remove, .rotate: true
        }
    }

    /// Whether the log already fulfils it.
    func isDone(in log: MembershipLog) -> Bool {
        switch self {
        case .add(let device, _, _): log.isCurrentMember(device.id)
        case .addKey(let key, _, _): log.isCurrentMember(key.deviceKeys.identity.id)
        case .remove(let devices): !devices.contains(where: log.isCurrentMember)
        case .rotate(let epoch): log.epoch != epoch
        }
    }
}

// MARK: - Status

extension JournalReplica {
    /// Counts of the replica, including missing boxes and quarantine.
    package func counts() async throws -> StoreReader.Counts { try await journal.read { try $0.counts() } }

    /// The number of edits that the server is not known to hold, including those of the open batch; needs no
    /// connection.
    package func waitingCount() async throws -> Int {
        try await journal.read { [access, space] reader in
            try reader.waitingCount(in: ReplicaSnapshot(reader, access, of: space).space)
        }
    }

    /// The quarantine, for display and export.
    package func quarantined() async throws -> [StoreReader.Quarantined] {
        try await journal.read { [access, space] reader in
            try reader.quarantined(in: ReplicaSnapshot(reader, access, of: space).space)
        }
    }

    /// The membership status of this device by the current log.
    func membership() async throws -> JournalAccess.MembershipStatus {
        try await journal.read { [access, space] reader in try ReplicaSnapshot(reader, access, of: space).membership }
    }
}

/// A report of an exchange, as far as it is proved, with the alarms that it raises and ends.
package struct HeardReport: Sendable {
    package let report: SyncReport
    /// The alarms that it raises.
    package let alarms: [SyncAlarm]
    package let verdict: AlarmRound.Verdict?
    /// Stored alarms that it ends.
    package let over: [SyncAlarm]
}

extension JournalReplica {
    /// Processes a report of an exchange: alarms are stored in the home until they are over.
    package func heard(_ report: SyncReport) async -> HeardReport {
        let report = await proven(report)
        let new = await alarms(of: report)
        let (alarms, verdict) = round.withLock { $0.note(report, new) }
        // If storing fails, the alarm is still reported, and the next exchange sees it again if it persists.
        let over = (try? await keep(alarms, verdict)) ?? []
        return HeardReport(report: report, alarms: alarms, verdict: verdict, over: over)
    }

    private func alarms(of report: SyncReport) async -> [SyncAlarm] {
        switch report {
        case .notice(.withheld(let feed, _, let edits)):
            return [SyncAlarm(.withheld, device: await device(of: feed), edits: edits)]
        case .notice(.stuck(let feed, _, let edits)):
            return [SyncAlarm(.stuck, device: await device(of: feed), edits: edits)]
        case .notice(.forked(let feeds)):
            var alarms: [SyncAlarm] = []
            for feed in feeds { alarms.append(SyncAlarm(.forked, device: await device(of: feed))) }
            return alarms
        case .notice(.unproved): return [SyncAlarm(.unproved)]
        case .notice(.flooded): return [SyncAlarm(.flooded)]
        case .notice(.missing(let count)): return count > 0 ? [SyncAlarm(.missing, edits: count)] : []
        case .notice, .connected, .committed, .claimed, .granted, .offline: return []
        }
    }

    /// - Returns: the stored alarms that are over.
    private func keep(_ alarms: [SyncAlarm], _ verdict: AlarmRound.Verdict?) async throws -> [SyncAlarm] {
        guard !alarms.isEmpty || verdict != nil else { return [] }
        let settled: @Sendable (StoreReader) throws -> (space: Space, alarms: [StoreAlarm])? = {
            [access, space] reader in
            // A join may have replaced the space.
            guard let kept = try reader.space(named: access.name), kept.id == space.bytes else { return nil }
            let over = try reader.alarms(in: kept).filter { alarm in
                SyncAlarm(alarm).map { verdict?.isOver($0) ?? false } ?? false
            }
            return (kept, over)
        }
        // Mostly there is nothing to store, and then there is no write transaction.
        if alarms.isEmpty, try await journal.read(settled)?.alarms.isEmpty != false { return [] }
        return try await journal.store.write { [now = journal.environment.now] transaction in
            guard let (kept, over) = try settled(transaction.reader) else { return [] }
            for alarm in over { try transaction.drop(alarm, in: kept) }
            for alarm in alarms {
                try transaction.raise(
                    code: alarm.code.rawValue, device: alarm.device, edits: alarm.edits, at: now(), in: kept)
            }
            return over.compactMap { SyncAlarm($0) }
        }
    }
}

extension SyncAlarm {
    /// `nil` for a code that this version does not know.
    init?(_ stored: StoreAlarm) {
        guard let code = Code(rawValue: stored.code) else { return nil }
        self.init(code, device: stored.device, edits: stored.edits)
    }
}
