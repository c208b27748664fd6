import Causality
import Membership
import ReplicaStore
import Sealing
import Wire

/// The membership log, and the effect of a new epoch on the edits here.
extension ReplicaSession {
    func extendLog(_ previous: Hash256?, _ bytes: [UInt8]) throws -> ReplicaAnswer {
        var log = standing.log
        let record: MembershipRecord
        do {
            record = try MembershipRecord(parsing: bytes)
            if log.position(of: record.hash) != nil { return .logExtended(standing.logEnd, moved: false) }
            guard record.previous == log.head else { return .refused(whyNotNext(record)) }
            try log.append(record)
        } catch {
            return .refused(error.needsUpdate ? .update : .record)
        }
        let next = try access.adopting(standing.following(log, access.device), transaction.reader)
        return try transaction.write(to: space, access.keyring(next)) { writer in
            try writer.appendRecord(record.stored)
            try writer.reopen(epochs: next.chain.opened(since: standing.chain))
            guard record.beginning != nil else { return .logExtended(next.logEnd, moved: false) }
            let moved = try leaveLate(next, writer)
            let isResealDue = try view.isResealDue(beyond: writer.reader.serverClock(of: space))
            return .logExtended(next.logEnd, moved: moved || isResealDue)
        }
    }

    /// Quarantines edits of removed devices beyond their bounds, and edits that saw them; of the latter this device
    /// rebases its own.
    ///
    /// Only devices of members do. An owner's device raises the bounds instead (``ReplicaView/owedRaise()``), and a
    /// removed device keeps the journal as it was. Returns whether anything moved.
    private func leaveLate(_ next: JournalAccess.Standing, _ writer: StoreWriter) throws -> Bool {
        try writer.closeBatch()
        let bows = next.member.map { $0.role != .owner } ?? false
        guard bows || !Defence.keepsStayersEdits.stands else { return false }
        let history = try writer.reader.arrivals(in: space).lazy.map {
            HeldBatch(outline: $0.outline, epoch: $0.epoch, end: $0.end, signingKey: $0.deviceKey)
        }
        let (device, mayWrite) = (access.device.identity.signingKey, next.mayWrite)
        let moved = try writer.transplant(
            StoreWriter.Move(
                next.log.lateTails(in: history), reason: ErrorCode.late.rawValue, at: now,
                isRewritten: { mayWrite && $0 == device }, encode: encode))
        return moved.rewritten + moved.setAside > 0
    }

    /// Rebases the edits of ``ReplicaView/isResealDue(beyond:)`` under the newest key, unless others wrote after
    /// seeing them, or some cannot be read here: then they are sent as they are.
    func reseal(_ shared: VectorClock) throws -> ReplicaAnswer {
        let device = access.device.identity.signingKey
        let moved: StoreWriter.Moved? = try write { writer in
            try writer.closeBatch()
            let roots = try view.unsealed(beyond: shared).map(\.first)
            guard standing.opensNewest, standing.mayWrite, !roots.isEmpty else { return nil }
            // The server's claim to hold some of these is ignored: an honest server holds none that saw what it
            // lacks.
            let tails = try writer.tails(of: roots, staying: VectorClock())
            let own = try Set(
                transaction.reader.tips(of: space).filter { $0.deviceKey == device }.map(\.end.dot.replica))
            guard tails.firsts.allSatisfy({ own.contains($0.replica) }),
                try transaction.reader.isReadable(tails, in: space)
            else { return nil }
            return try writer.transplant(
                StoreWriter.Move(
                    tails, reason: ErrorCode.late.rawValue, at: now, isRewritten: { $0 == device }, encode: encode))
        }
        guard let moved else { return .done }
        return .transplanted(rewritten: moved.rewritten, setAside: moved.setAside)
    }

    /// A record that follows an earlier one of ours, and that its author may write, is a fork; one that follows none
    /// of ours comes too early.
    private func whyNotNext(_ record: MembershipRecord) -> ErrorCode {
        guard let previous = record.previous else { return .record }
        guard let position = standing.log.position(of: previous), var branch = standing.log.prefix(through: position)
        else { return .head }
        do {
            try branch.append(record)
            return .logFork
        } catch {
            return error.needsUpdate ? .logFork : .record
        }
    }
}
