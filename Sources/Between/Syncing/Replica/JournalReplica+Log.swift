import Causality
import Membership
import ReplicaStore
import Sealing
import Wire

/// The membership log, and what a new epoch does to what is here.
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
        let next = try JournalAccess.Standing(log, access.device)
        return try transaction.write(to: space, access.keyring(next)) { writer in
            try writer.appendRecord(record.bytes)
            let opened = Set(log.epochs.map(\.name).filter { next.chain[$0] != nil && standing.chain[$0] == nil })
            try writer.reopen(epochs: opened)
            let moved = record.beginning == nil ? nil : try leaveLate(next, writer)
            return .logExtended(next.logEnd, moved: moved.map { $0.rewritten + $0.setAside > 0 } ?? false)
        }
    }

    /// Sets aside what the cuts leave out; what this device wrote of it, it writes again in the epoch that reigns.
    private func leaveLate(_ next: JournalAccess.Standing, _ writer: StoreWriter) throws -> StoreWriter.Moved {
        try writer.closeBatch()
        let history = try writer.reader.arrivals(in: space).lazy.map {
            HeldBatch(outline: $0.outline, epoch: $0.epoch, end: $0.end)
        }
        let (device, mayWrite) = (access.device.identity.signingKey, next.mayWrite)
        return try writer.transplant(
            StoreWriter.Move(
                next.log.lateTails(in: history), reason: ErrorCode.late.rawValue, at: now,
                isRewritten: { mayWrite && $0 == device }, encode: encode))
    }

    /// A record that follows an older one of ours, and was written by who might, is another branch; one that
    /// follows none of them comes too early.
    private func whyNotNext(_ record: MembershipRecord) -> ErrorCode {
        guard let previous = record.previous else { return .record }
        guard let position = standing.log.position(of: previous) else { return .head }
        do {
            var branch = try MembershipLog(parsing: standing.log.records[...position].map(\.bytes))
            try branch.append(record)
            return .logFork
        } catch {
            return error.needsUpdate ? .logFork : .record
        }
    }
}
