package import Causality
package import Membership
package import Wire

/// What holders of either side answer alike, from a log in memory.
extension EditLog {
    /// Lines of another's clock that are at least as long here, and are not so here.
    package func forked(_ theirs: Frontier) -> [ReplicaID] {
        theirs.ends.filter { $0.dot.n <= line($0.dot.replica).end.dot.n && holding($0.dot) != .end($0.hash) }
            .map(\.dot.replica)
    }

    /// Those of the numbers at which a batch of this line ends.
    package func ends(of replica: ReplicaID, at numbers: some Sequence<Int>) -> [LineEnd] {
        numbers.compactMap { n in
            guard case .end(let hash) = holding(Dot(replica, n)) else { return nil }
            return LineEnd(Dot(replica, n), hash)
        }
    }

    /// Boxes of these edits, from the first on as many as fit.
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

    /// A batch as a membership log looks at it.
    package func heldBatch(_ batch: Batch) -> HeldBatch {
        let last = batch.header.lastDot
        guard case .end(let hash) = holding(last) else { preconditionFailure("no batch ends at \(last)") }
        return HeldBatch(
            outline: outline(of: batch), epoch: batch.header.epoch, end: LineEnd(last, hash),
            signingKey: deviceKey(of: batch.header.replica))
    }

    /// Where every line ends, and whose it is.
    package var tips: [(end: LineEnd, signingKey: [UInt8])] {
        frontier.ends.map { ($0, deviceKey(of: $0.dot.replica)) }
    }
}
