package import Causality
import Membership
import SyncServer
import Wire

/// Batches and boxes.
extension ModelServer {
    func batches(_ held: Space, beyond clock: VectorClock, _ room: Int) -> ServerAnswer {
        let live = held.edits.liveDots
        var left = room
        var found: [Batch] = []
        for var batch in held.edits.batches where !clock.covers(batch.header.lastDot) {
            for (index, (dot, _)) in batch.dotted.enumerated() where !live.contains(dot) {
                batch.edits[index].box = nil
            }
            let length = MessageWriter.length(of: .batch(held.log.space, batch))
            guard length <= left else { return .batches(found, isLast: false) }
            left -= length
            found.append(batch)
        }
        return .batches(found, isLast: true)
    }

    mutating func take(_ batch: Batch, _ space: SpaceID, _ now: Duration) -> ServerAnswer {
        guard var held = spaces[space] else { return .refused(.space, nil) }
        let paused = paused(in: space, now: now)
        let first = held.edits.batches.first { $0.header.replica == batch.header.replica } ?? batch
        let author = first.header.origin.flatMap { held.log.member(signingKey: $0.deviceKey) }
        if let author, paused.contains(author.device.id) { return .postponed }
        let judgement = BatchJudgement(log: held.log, edits: held.edits, checks: checks)
        switch judgement.judge(batch) {
        // It may have seen a postponed batch.
        case .failure(let refusal) where refusal.code == .missing && !paused.isEmpty: return .postponed
        case .failure(let refusal): return .refused(refusal.code, refusal.dot)
        case .success(let isNew):
            for (dot, edit) in batch.dotted {
                if let box = edit.box, box.count > boxLengthMax { return .refused(.tooLarge, dot) }
            }
            do {
                try held.edits.take(batch)
            } catch {
                return .refused(.failed, nil)
            }
            spaces[space] = held
            return .took(batch.tip(checks.hash), isNew: isNew)
        }
    }

    func boxes(_ held: Space, _ space: SpaceID, _ dots: [Dot], _ room: Int) -> [FoundBox] {
        held.edits.boxes(space, dots, room: room)
    }
}

extension ModelServer.Space {
    package func missingBoxes(_ besides: Set<Dot>) -> [Dot] {
        let missing = edits.batches.flatMap(\.dotted).filter { dot, edit in
            edit.box == nil && !edit.header.isForget && !edits.forgotten.contains(edit.header.entry)
                && !besides.contains(dot)
        }
        return missing.prefix(WireLimits.fetchDotsMax).map(\.dot)
    }
}
