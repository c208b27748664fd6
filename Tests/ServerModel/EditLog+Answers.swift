package import Causality
package import Membership
package import Wire

/// Answers of holders on either side, from an in-memory log.
extension EditLog {
    /// The feeds of another's clock that are at least as long here, but with another hash.
    package func forked(_ theirs: Frontier) -> [ReplicaID] {
        theirs.ends.filter { $0.dot.n <= feed($0.dot.replica).end.dot.n && holding($0.dot) != .end($0.hash) }
            .map(\.dot.replica)
    }

    /// The tips at those of the numbers where a batch of this feed ends.
    package func ends(of replica: ReplicaID, at numbers: some Sequence<Int>) -> [Tip] {
        numbers.compactMap { n in
            guard case .end(let hash) = holding(Dot(replica, n)) else { return nil }
            return Tip(Dot(replica, n), hash)
        }
    }

    /// Boxes of these edits, in order, as many as fit.
    package func boxes(_ space: SpaceID, _ dots: [Dot], room: Int) -> [FoundBox] {
        var left = room
        var found: [FoundBox] = []
        for dot in dots {
            let box = FoundBox(dot, edit(dot)?.box)
            left -= MessageWriter.length(of: .box(space, dot, box.bytes))
            guard left >= 0 else { break }
            found.append(box)
        }
        return found
    }

    /// The part of a batch that a membership log judges.
    package func heldBatch(_ batch: Batch) -> HeldBatch {
        let last = batch.header.lastDot
        guard case .end(let hash) = holding(last) else { preconditionFailure("no batch ends at \(last)") }
        return HeldBatch(
            outline: outline(of: batch), epoch: batch.header.epoch, end: Tip(last, hash),
            signingKey: deviceKey(of: batch.header.replica))
    }

    /// The tips of all feeds, with the key that each origin announced.
    package var tips: [(end: Tip, signingKey: [UInt8])] {
        frontier.ends.map { ($0, deviceKey(of: $0.dot.replica)) }
    }
}
