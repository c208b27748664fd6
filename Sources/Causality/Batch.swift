/// What is said once of a run of edits that were written having seen the same.
public struct BatchHeader: Hashable, Sendable {
    public let replica: ReplicaID
    public let first: Int
    public let count: Int
    /// The line's hash before this batch; see ``LineState/start(space:replica:_:)`` for the first.
    public let previous: Hash256
    /// The rows of the author's clock that moved since this line's batch before, ascending; never its own.
    public let seen: [LineEnd]
    /// The membership record that was the last to its author's knowledge.
    public let head: Hash256
    /// The record that began the epoch under whose key the boxes are sealed.
    public let epoch: Hash256
    /// What the replica is named after; with the first batch of a line and with no other.
    public let origin: ReplicaOrigin?

    public init(
        replica: ReplicaID, first: Int, count: Int, previous: Hash256, seen: [LineEnd], head: Hash256, epoch: Hash256,
        origin: ReplicaOrigin?
    ) {
        self.replica = replica
        self.first = first
        self.count = count
        self.previous = previous
        self.seen = seen
        self.head = head
        self.epoch = epoch
        self.origin = origin
    }

    public var firstDot: Dot { Dot(replica, first) }
    public var lastDot: Dot { Dot(replica, first + count - 1) }

    /// The line's hash after this batch, which is also what its author signs.
    public func lineHash(of edits: [EditHeader], _ hash: HashFunction) -> Hash256 {
        var bytes = CanonicalBytes(label: "between batch 1")
        bytes.append(previous)
        bytes.append(firstDot)
        bytes.append(count)
        bytes.append(seen.count)
        for end in seen {
            bytes.append(end.dot)
            bytes.append(end.hash)
        }
        bytes.append(head)
        bytes.append(epoch)
        bytes.append(origin.map { $0.deviceKey + $0.nonce } ?? [])
        for edit in edits { bytes.append(edit.hash(hash)) }
        return hash(bytes.bytes)
    }
}

/// A run of edits of one replica: the unit that is signed, sent, taken and acknowledged.
public struct Batch: Hashable, Sendable {
    public let header: BatchHeader
    /// The device's signature over the line's hash after this batch.
    public let signature: [UInt8]
    public var edits: [Edit]

    public init(_ header: BatchHeader, signature: [UInt8], edits: [Edit]) {
        self.header = header
        self.signature = signature
        self.edits = edits
    }

    /// The edits with their dots, in order.
    public var dotted: [(dot: Dot, edit: Edit)] {
        edits.enumerated().map { (Dot(header.replica, header.first + $0), $1) }
    }

    /// The end of the line after this batch.
    public func lineEnd(_ hash: HashFunction) -> LineEnd {
        LineEnd(header.lastDot, header.lineHash(of: edits.map(\.header), hash))
    }
}
