/// The header of a batch: the metadata that all its edits share.
public struct BatchHeader: Hashable, Sendable {
    public let replica: ReplicaID
    public let first: Int
    public let count: Int
    /// The feed's hash before this batch; see ``LineState/start(space:replica:_:)`` for the first.
    public let previous: Hash256
    /// The rows of the author's clock that advanced since this feed's previous batch, ascending; never its own feed.
    public let seen: [LineEnd]
    /// The hash of the newest membership record that the author knew.
    public let head: Hash256
    /// The hash of the record that began the epoch whose key seals the boxes.
    public let epoch: Hash256
    /// The origin that the replica's id is derived from; only in the first batch of a feed.
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

    /// The feed's hash after this batch, which the author's device signs.
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

/// A run of consecutive edits of one replica: the unit that is signed, sent, stored and acknowledged.
public struct Batch: Hashable, Sendable {
    public let header: BatchHeader
    /// The device's Ed25519 signature over ``BatchHeader/lineHash(of:_:)``.
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

    /// The tip of the feed after this batch.
    public func lineEnd(_ hash: HashFunction) -> LineEnd {
        LineEnd(header.lastDot, header.lineHash(of: edits.map(\.header), hash))
    }
}
