package import Causality
import Membership
import ReplicaStore
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
    let round = Mutex(AlarmRound())

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
            if let space = try reader.space(named: access.name) { try access.standing(reader, in: space) }
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
            let answers = try await write(isNews: questions.contains(where: \.changesEntries)) { session in
                let answers = try session.write { writer in try questions.map { try session.answer($0, writer) } }
                if questions.contains(where: \.bringsContents) { try session.reopenHandedOn() }
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
            try !view.standing.owedKeys(
                of: view.reader.epochs(in: view.space), view.reader, view.access.keyring(view.standing)
            ).isEmpty
        }
        guard isOwed else { return }
        // Like all writes of this device: it starts a new feed first if the home was copied or restored.
        let (down, id) = (Defence.down, space)
        try await journal.write { session in
            guard session.standing.log.space == id,
                let space = try session.transaction.reader.space(named: Journal.privateSpace)
            else { return }
            try Defence.$down.withValue(down) { try session.handOn(space) }
        }
    }

    private func change(_ question: ReplicaQuestion) async throws -> ReplicaAnswer {
        switch question {
        case .logEnd, .relation, .records, .lineEnds, .judge, .provesFork, .lackingBoxes, .boxes, .makeRecord:
            return try await read { try $0.answer(question) }
        case .frontier, .batches:
            // Usually no batch is open, and then no lock is needed.
            if let answer = try await read({ try $0.hasOpenBatch ? nil : try $0.answer(question) }) { return answer }
            return try await write(isNews: false) { session in
                try session.write { try $0.closeBatch() }
                return try session.view.answer(question)
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
        case .transplant(let roots, let shared, let dropping):
            return try await write { try $0.transplant(roots, shared, Set(dropping)) }
        case .reseal(let shared):
            return try await write { try $0.reseal(shared) }
        case .take, .setAside, .serverHolds, .supply:
            return try await write(isNews: question.changesEntries, isDurable: !question.isHearsay) { session in
                let answer = try session.write { try session.answer(question, $0) }
                if question.bringsContents { try session.reopenHandedOn() }
                return answer
            }
        }
    }

    private func read<T: Sendable>(_ body: @Sendable (ReplicaView) throws -> T) async throws -> T {
        // The store's queue is not a task, so task-local values of tests are passed on.
        let down = Defence.down
        return try await journal.store.read { [access, space, request] reader in
            try Defence.$down.withValue(down) { try body(try ReplicaView(reader, access, of: space, request)) }
        }
    }

    /// - Parameter isNews: whether entries may have changed, so that observers are notified.
    private func write<T: Sendable>(
        isNews: Bool = true, isDurable: Bool = true, _ body: @escaping @Sendable (ReplicaSession) throws -> T
    ) async throws -> T {
        let down = Defence.down
        let result = try await journal.store.write(isDurable: isDurable) {
            [access, space, environment = journal.environment] transaction in
            try Defence.$down.withValue(down) {
                try body(ReplicaSession(transaction, access, of: space, now: environment.now()))
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
        case .take, .supply, .extendLog, .transplant, .reseal: true
        case .logEnd, .relation, .records, .frontier, .compare, .lineEnds, .batches, .setAside, .serverHolds, .judge,
            .provesFork, .noteRemoval, .lackingBoxes, .boxes, .makeRecord:
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

    /// Whether it only records the server's own claims, which the server repeats.
    fileprivate var isHearsay: Bool {
        if case .serverHolds = self { true } else { false }
    }

    /// Whether it is a small write that can share a transaction.
    fileprivate var isSmallWrite: Bool {
        switch self {
        case .take, .setAside, .serverHolds, .supply: true
        case .logEnd, .relation, .records, .extendLog, .frontier, .compare, .lineEnds, .transplant, .reseal, .batches,
            .judge, .provesFork, .noteRemoval, .lackingBoxes, .boxes, .makeRecord:
            false
        }
    }
}
