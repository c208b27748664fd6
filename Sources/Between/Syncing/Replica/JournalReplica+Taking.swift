import Causality
import Membership
import ReplicaStore
import Sealing
import Wire

/// Batches of other devices: their signatures and their authors' rights are checked before they are taken.
extension ReplicaSession {
    /// Why a batch that fits its feed is not taken.
    private struct NotTaken: Error {
        let code: ErrorCode
    }

    func take(_ batch: Batch, _ writer: StoreWriter) throws -> ReplicaAnswer {
        do {
            let taken = try writer.take(batch) { try check(batch, $0) }
            // The server that sent it holds it, so it does not wait to be sent.
            try writer.serverHolds(taken.end)
            if taken.isNew, let forgotten = batch.edits.last(where: \.header.isForget) {
                // Until the files are rebuilt, copies of the old content may remain in them.
                try transaction.set(Journal.scrubDue, to: forgotten.header.entry.description)
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
        guard standing.chain.lacksKeys else { return }
        let next = try access.standing(transaction.reader, in: space)
        let opened = next.chain.opened(since: standing.chain)
        guard !opened.isEmpty else { return }
        try transaction.write(to: space, access.keyring(next)) { _ = try $0.reopen(epochs: opened) }
    }

    /// Throws ``NotTaken`` unless the log knows the author and they have the right to write this.
    private func check(_ batch: Batch, _ line: StoreWriter.Extension) throws {
        let member: MembershipLog.Member
        switch standing.log.standing(
            of: batch.header, end: line.end, signingKey: line.origin.deviceKey, previousHead: line.previousHead)
        {
        case .good(let author): member = author
        case .unknownHead: throw NotTaken(code: .log)
        case .late: throw NotTaken(code: .late)
        // No honest device of the space signs such a batch.
        case .headWentBack, .wrongEpoch, .notMember: throw NotTaken(code: .signature)
        }
        guard batch.isSigned(by: member.device, lineHash: line.end.hash) else { throw NotTaken(code: .signature) }
        guard standing.log.overreach(in: batch, by: member, Hash256.sha256) == nil else {
            throw NotTaken(code: .rights)
        }
    }

    /// An ended epoch or an unknown head is a better reason than a missing predecessor.
    private func code(of refusal: Refusal, _ batch: Batch, _ writer: StoreWriter) throws -> ErrorCode {
        if case .malformed = refusal { return .malformed }
        let held = try writer.origin(of: batch.header.replica)
        if let origin = held ?? batch.header.origin {
            let standing = standing.log.standing(
                of: batch.header, end: batch.lineEnd(Hash256.sha256), signingKey: origin.deviceKey, previousHead: nil)
            if standing == .unknownHead { return .log }
            if standing == .late { return .late }
        } else if self.standing.log.position(of: batch.header.head) == nil {
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
