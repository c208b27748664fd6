import SyncClient
import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Sealing
import Wire

/// A transaction that changes a replica with data of other devices.
struct ReplicaTransaction {
    let store: StoreTransaction
    let access: JournalAccess
    let space: Space
    let membership: JournalAccess.MembershipStatus
    private let now: Timestamp

    init(_ store: StoreTransaction, _ access: JournalAccess, of id: SpaceID, now: Timestamp) throws {
        let view = try ReplicaSnapshot(store.reader, access, of: id)
        self.store = store
        self.access = access
        self.now = now
        space = view.space
        membership = view.membership
    }

    /// The current state of the replica in this transaction.
    var view: ReplicaSnapshot { get throws { try ReplicaSnapshot(store.reader, access, of: membership.log.space) } }

    func write<T>(_ body: (StoreWriter) throws -> T) throws -> T {
        try store.write(to: space, access.keyring(membership), body)
    }

    func answer(_ question: ReplicaQuestion, _ writer: StoreWriter) throws -> ReplicaAnswer {
        switch question {
        case .take(let batch): return try take(batch, writer)
        case .quarantine(let batch, let code):
            try writer.quarantine(batch, reason: code.rawValue, at: now, encode: encode)
            return .done
        case .serverHolds(let ends):
            for end in ends { try writer.serverHolds(end) }
            return .done
        case .supply(let dot, let box):
            return try writer.supply(box, for: dot) ? .done : .refused(.malformed)
        case .logEnd, .relation, .records, .extendLog, .frontier, .compare, .tips, .rebase, .reseal, .batches,
            .judge, .provesFork, .noteRemoval, .missingBoxes, .boxes, .makeRecord:
            preconditionFailure("a question that is answered in a transaction of its own")
        }
    }

    func compare(_ clock: Frontier) throws -> ReplicaAnswer {
        let comparison = try store.reader.comparison(with: clock, in: space)
        try write { try $0.serverHolds(only: comparison.theirs) }
        return .compared(
            forked: comparison.forked, lost: comparison.lost, resealDue: try view.isResealDue(beyond: clock.clock))
    }

    /// Stores a record that removes this device, so that the user can be told later, without network.
    func noteRemoval(_ record: [UInt8]) throws -> ReplicaAnswer {
        if try view.isRemoval(record) {
            let json: JSONValue = ["record": .bytes(record)]
            try store.set(Journal.removalSetting, to: json.canonicalText)
        }
        return .done
    }

    func rebase(_ roots: [Dot], _ shared: VectorClock, _ dropping: Set<Dot>) throws -> ReplicaAnswer {
        let (log, person, mayWrite) = (membership.log, access.person, membership.mayWrite)
        let moved = try write { writer in
            try writer.rebase(
                StoreWriter.Move(
                    try writer.suffixes(of: roots, staying: shared), dropping: dropping,
                    reason: ErrorCode.fork.rawValue, at: now,
                    isRewritten: { mayWrite && log.person(ofSigningKey: $0) == person }, encode: encode))
        }
        return .rebased(rewritten: moved.rewritten, quarantined: moved.quarantined)
    }

    /// The form in which a batch is quarantined: as it would be sent.
    private var encode: @Sendable (Batch) -> [UInt8] {
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

// MARK: - Taking

/// Batches of other devices: their signatures and their authors' rights are checked before they are taken.
extension ReplicaTransaction {
    /// Why a batch that fits its feed is not taken.
    private struct NotTaken: Error {
        let code: ErrorCode
    }

    private func take(_ batch: Batch, _ writer: StoreWriter) throws -> ReplicaAnswer {
        do {
            let taken = try writer.take(batch) { try check(batch, $0) }
            // The server that sent it holds it, so it does not wait to be sent.
            try writer.serverHolds(taken.end)
            if taken.isNew, let forgotten = batch.edits.last(where: \.header.isForget) {
                // Until the files are rebuilt, copies of the old content may remain in them.
                try store.set(Journal.scrubDue, to: forgotten.header.entry.description)
            }
            return .took(taken.end, isNew: taken.isNew)
        } catch let error as NotTaken {
            return .refused(error.code)
        } catch StoreError.refused(let refusal) {
            return .refused(try code(of: refusal, batch, writer))
        }
    }

    /// Opens edits that are sealed under keys which other devices handed on in what was received.
    func reopenHandedOn() throws {
        guard membership.chain.missingKeys else { return }
        let next = try access.membership(store.reader, in: space)
        let opened = next.chain.opened(since: membership.chain)
        guard !opened.isEmpty else { return }
        try store.write(to: space, access.keyring(next)) { _ = try $0.reopen(epochs: opened) }
    }

    /// Throws ``NotTaken`` unless the log knows the author and they have the right to write this.
    private func check(_ batch: Batch, _ feed: StoreWriter.Extension) throws {
        let member: MembershipLog.Member
        switch membership.log.status(
            of: batch.header, end: feed.end, signingKey: feed.origin.deviceKey, previousHead: feed.previousHead)
        {
        case .good(let author): member = author
        case .unknownHead: throw NotTaken(code: .log)
        case .late: throw NotTaken(code: .late)
        // No honest device of the space signs such a batch.
        case .headWentBack, .wrongEpoch, .notMember: throw NotTaken(code: .signature)
        }
        guard batch.isSigned(by: member.device, feedHash: feed.end.hash) else { throw NotTaken(code: .signature) }
        guard membership.log.overreach(in: batch, by: member, Hash256.sha256) == nil else {
            throw NotTaken(code: .rights)
        }
    }

    /// An ended epoch or an unknown head is a better reason than a missing predecessor.
    private func code(of refusal: Refusal, _ batch: Batch, _ writer: StoreWriter) throws -> ErrorCode {
        if case .malformed = refusal { return .malformed }
        let held = try writer.origin(of: batch.header.replica)
        if let origin = held ?? batch.header.origin {
            let status = membership.log.status(
                of: batch.header, end: batch.tip(Hash256.sha256), signingKey: origin.deviceKey, previousHead: nil)
            if status == .unknownHead { return .log }
            if status == .late { return .late }
        } else if self.membership.log.position(of: batch.header.head) == nil {
            return .log
        }
        switch refusal {
        case .gap: return .gap
        case .fork: return .fork
        case .missing: return .missing
        case .malformed: return .malformed
        }
    }
}

// MARK: - Log

/// The membership log, and the effect of a new epoch on the edits here.
extension ReplicaTransaction {
    func extendLog(_ previous: Hash256?, _ bytes: [UInt8]) throws -> ReplicaAnswer {
        var log = membership.log
        let record: MembershipRecord
        do {
            record = try MembershipRecord(parsing: bytes)
            if log.position(of: record.hash) != nil { return .logExtended(membership.logEnd, moved: false) }
            guard record.previous == log.head else { return .refused(whyNotNext(record)) }
            try log.append(record)
        } catch {
            return .refused(error.needsUpdate ? .update : .record)
        }
        let next = try access.adopting(membership.following(log, access.device), store.reader)
        return try store.write(to: space, access.keyring(next)) { writer in
            try writer.appendRecord(record.stored)
            try writer.reopen(epochs: next.chain.opened(since: membership.chain))
            guard record.beginning != nil else { return .logExtended(next.logEnd, moved: false) }
            let moved = try leaveLate(next, writer)
            let isResealDue = try view.isResealDue(beyond: writer.reader.serverClock(of: space))
            return .logExtended(next.logEnd, moved: moved || isResealDue)
        }
    }

    /// Quarantines edits of removed devices beyond their bounds, and edits that saw them; of the latter this device
    /// rebases its own.
    ///
    /// Only devices of members do. An owner's device raises the bounds instead (``ReplicaSnapshot/owedRaise()``), and a
    /// removed device keeps the journal as it was. Returns whether anything moved.
    private func leaveLate(_ next: JournalAccess.MembershipStatus, _ writer: StoreWriter) throws -> Bool {
        try writer.closeBatch()
        let bows = next.member.map { $0.role != .owner } ?? false
        guard bows || !Defence.keepsStayersEdits.isUp else { return false }
        let history = try writer.reader.arrivals(in: space).lazy.map {
            HeldBatch(outline: $0.outline, epoch: $0.epoch, end: $0.end, signingKey: $0.deviceKey)
        }
        let (device, mayWrite) = (access.device.identity.signingKey, next.mayWrite)
        let moved = try writer.rebase(
            StoreWriter.Move(
                next.log.lateSuffixes(in: history), reason: ErrorCode.late.rawValue, at: now,
                isRewritten: { mayWrite && $0 == device }, encode: encode))
        return moved.rewritten + moved.quarantined > 0
    }

    /// Rebases the edits of ``ReplicaSnapshot/isResealDue(beyond:)`` under the newest key, unless others wrote after
    /// seeing them, or some cannot be read here: then they are sent as they are.
    func reseal(_ shared: VectorClock) throws -> ReplicaAnswer {
        let device = access.device.identity.signingKey
        let moved: StoreWriter.Moved? = try write { writer in
            try writer.closeBatch()
            let roots = try view.unsealed(beyond: shared).map(\.first)
            guard membership.opensNewest, membership.mayWrite, !roots.isEmpty else { return nil }
            // The server's claim to hold some of these is ignored: an honest server holds none that saw what it
            // lacks.
            let suffixes = try writer.suffixes(of: roots, staying: VectorClock())
            let own = try Set(
                store.reader.tips(of: space).filter { $0.deviceKey == device }.map(\.end.dot.replica))
            guard suffixes.firsts.allSatisfy({ own.contains($0.replica) }),
                try store.reader.isReadable(suffixes, in: space)
            else { return nil }
            return try writer.rebase(
                StoreWriter.Move(
                    suffixes, reason: ErrorCode.late.rawValue, at: now, isRewritten: { $0 == device }, encode: encode))
        }
        guard let moved else { return .done }
        return .rebased(rewritten: moved.rewritten, quarantined: moved.quarantined)
    }

    /// A record that follows an earlier one of ours, and that its author may write, is a fork; one that follows none
    /// of ours comes too early.
    private func whyNotNext(_ record: MembershipRecord) -> ErrorCode {
        guard let previous = record.previous else { return .record }
        guard let position = membership.log.position(of: previous),
            var branch = membership.log.prefix(through: position)
        else { return .head }
        do {
            try branch.append(record)
            return .logFork
        } catch {
            return error.needsUpdate ? .logFork : .record
        }
    }
}
