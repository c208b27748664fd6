import Causality
import Wire

/// Edits from the server: each batch is on the disk before it is acknowledged.
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
            // Versions that have met may need the box of what they have in common, which came without.
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
            // Clocks are compared anew, so that the server holds the space no longer and what waited is sent.
            return giveRecordUp(code) + (wasHeld ? compareClocks() : [])
        case .supply(let dot, _): return answeredSupplied(dot, isIts: false)
        case .logEnd, .relation, .records, .frontier, .compare, .lineEnds, .batches, .setAside, .serverHolds,
            .judge, .provesFork, .noteRemoval, .lackingBoxes, .boxes:
            return [.close(code)]
        }
    }

    /// A batch that names what is not here: logs and clocks are compared once more, and if that
    /// does not help the batch is kept aside, and the other lines go on.
    private mutating func couldNotTake(_ batch: Batch, _ code: ErrorCode) -> [Step] {
        switch code {
        // The disk: nothing is known of the batch, and it comes again.
        case .full, .failed: return [.close(code)]
        case .update: return stop(.update)
        case _ where isFlood(batch.header.replica): return stop(code, telling: .flooded(refusedCount))
        // It was under way when the epoch ended here; its author writes it again.
        case .late: return [.ask(.setAside(batch, .late))]
        // It is another there, and nothing shows that it forked.
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

    /// Counts a batch that cannot be taken; whether that is one too many.
    private mutating func isFlood(_ line: ReplicaID) -> Bool {
        refusedCount += 1
        guard Defence.boundsJunk.stands else { return false }
        return refusedCount > Self.refusedBatchesMax
            || strikesDown.count >= Self.refusedLinesMax && !strikesDown.contains(line)
    }

    /// Whose edits are held back where a batch cannot be taken: those that its author had seen, or its own.
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
