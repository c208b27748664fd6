import Causality
import Wire

/// Batches from the server: each is on the disk before it is acknowledged.
extension SpaceExchange {
    mutating func answeredTook(_ question: ReplicaQuestion, _ end: LineEnd, _ isNew: Bool) -> [Step] {
        guard case .take(let batch) = question else { return [] }
        ours.advance(to: end.dot)
        flow.took(batch, isNew: isNew)
        if isNew {
            brought += 1
            strikesDown.remove(end.dot.replica)
            withheld.remove(end.dot.replica)
            wasInStep = false
            wasUnsettled = false
            // A merge may need the boxes of superseded edits, which are sent without them.
            flow.stubsCame()
        }
        let news: [Step] = isNew ? [.report(.received(batch.edits.count))] : []
        return [.send(.held(space, [end]))] + news + settle()
    }

    mutating func answeredRefused(_ code: ErrorCode, to question: ReplicaQuestion) -> [Step] {
        switch question {
        case .take(let batch): return couldNotTake(batch, code)
        case .extendLog: return code == .head ? strikeLog(.log) : stop(code)
        case .transplant, .reseal: return stop(code)
        case .makeRecord:
            let wasHeld = recordInHand.isHeld
            // Comparing clocks releases the server's hold of the space, and waiting edits are sent.
            return giveRecordUp(code) + (wasHeld ? compareClocks() : [])
        case .supply(let dot, _): return answeredSupplied(dot, isIts: false)
        case .logEnd, .relation, .records, .frontier, .compare, .lineEnds, .batches, .setAside, .serverHolds,
            .judge, .provesFork, .noteRemoval, .lackingBoxes, .boxes:
            return [.close(code)]
        }
    }

    /// A batch that refers to something missing: logs and clocks are compared once more; if that does not help, the
    /// batch is quarantined, and the other feeds continue.
    private mutating func couldNotTake(_ batch: Batch, _ code: ErrorCode) -> [Step] {
        switch code {
        // A local disk error says nothing about the batch; it is sent again later.
        case .full, .failed: return [.close(code)]
        case .update: return stop(.update)
        case _ where isFlood(batch.header.replica): return stop(code, telling: .flooded(refusedCount))
        // It was in flight when the epoch ended here; its author rebases it.
        case .late: return [.ask(.setAside(batch, .late))]
        // The server's feed differs, without proof of a fork.
        case _ where disputed.contains(batch.header.replica): return []
        case _ where phase != .live: return []
        case _ where strikesDown.insert(batch.header.replica).inserted:
            phase = .comparingLogs
            return compareLogs()
        default:
            let isNews = withheld.insert(batch.header.replica).inserted
            return [.ask(.setAside(batch, code))] + rest()
                + (isNews ? [.report(withheld(by: batch, code))] : []) + settle()
        }
    }

    /// Counts a batch that cannot be taken. Returns whether the limit is exceeded.
    private mutating func isFlood(_ line: ReplicaID) -> Bool {
        refusedCount += 1
        guard Defence.boundsJunk.stands else { return false }
        return refusedCount > Self.refusedBatchesMax
            || strikesDown.count >= Self.refusedLinesMax && !strikesDown.contains(line)
    }

    /// The feed that is withheld when a batch cannot be taken: one that its author had seen, or its own.
    private func withheld(by batch: Batch, _ code: ErrorCode) -> SyncNotice {
        let replica = batch.header.replica
        switch code {
        case .missing:
            let unseen = batch.header.seen.map(\.dot).first { ours[$0.replica] < $0.n }
            guard let unseen else { break }
            return .withheld(unseen.replica, code, edits: unseen.n - ours[unseen.replica])
        case .gap: return .withheld(replica, code, edits: max(0, batch.header.first - 1 - ours[replica]))
        default: break
        }
        return .withheld(replica, code, edits: batch.edits.count)
    }
}
