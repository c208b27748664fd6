import Causality
import TestSupport

/// Writes batches as a device would, into any log, with readable contents.
struct Author {
    static let space = Array("a space".utf8)
    static let fields = (1...3).map { FieldToken(bits: $0) }
    static let entries = (1...3).map { EntryID(high: 0, low: $0) }
    static let epochs = (0..<64).map { testHash([UInt8($0)]) }

    let replica: ReplicaID
    private let origin: ReplicaOrigin

    /// - Parameters:
    ///   - device: distinguishes devices.
    ///   - incarnation: distinguishes replicas of one device.
    init(device: Int, incarnation: Int) {
        var key = CanonicalBytes()
        for word in [device, 0, 0, 0] { key.append(word) }
        var nonce = CanonicalBytes()
        for word in [incarnation, 0] { nonce.append(word) }
        guard let origin = ReplicaOrigin(deviceKey: key.bytes, nonce: nonce.bytes) else {
            preconditionFailure("four words and two")
        }
        self.origin = origin
        replica = origin.replica(testHash)
    }

    static func log() -> EditLog { EditLog(space: space, testHash) }

    /// The next batch of this author's feed, having seen `seen`, or all that the log holds.
    func batch(
        _ edits: [Edit], in log: EditLog, seen: VectorClock? = nil, epoch: Int = 0
    ) -> Batch {
        let feed = log.feed(replica)
        let clock = seen ?? log.frontier.clock
        let rows = clock.dots.filter { $0.replica != replica && $0.n > feed.seen[$0.replica]?.dot.n ?? 0 }.map { dot in
            guard case .end(let hash) = log.holding(dot) else { preconditionFailure("seen \(dot) is no batch end") }
            return Tip(dot, hash)
        }
        let header = BatchHeader(
            replica: replica, first: feed.end.dot.n + 1, count: edits.count, previous: feed.end.hash, seen: rows,
            head: Self.epochs[epoch], epoch: Self.epochs[epoch], origin: feed.end.dot.n == 0 ? origin : nil)
        return Batch(header, signature: [], edits: edits)
    }

    /// An edit that sets fields; `box` is its content.
    static func edit(
        _ entry: EntryID, _ tokens: [FieldToken], box: [UInt8], group: Int, unread: [Dot] = []
    ) -> Edit {
        let header = EditHeader(
            entry: entry, tokens: tokens.sorted(), group: group, unread: unread, boxHash: testHash(box))
        return Edit(header, box: box)
    }

    static func forget(_ entry: EntryID, group: Int) -> Edit {
        Edit(EditHeader(entry: entry, tokens: [], isForget: true, group: group, boxHash: nil), box: nil)
    }
}
