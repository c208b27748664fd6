/// The header of a batch: the metadata that all its edits share.
public struct BatchHeader: Hashable, Sendable {
    public let replica: ReplicaID
    public let first: Int
    public let count: Int
    /// The feed's hash before this batch; see ``FeedState/start(space:replica:_:)`` for the first.
    public let previous: Hash256
    /// The rows of the author's clock that advanced since this feed's previous batch, ascending; never its own feed.
    public let seen: [Tip]
    /// The hash of the newest membership record that the author knew.
    public let head: Hash256
    /// The hash of the record that began the epoch whose key seals the boxes.
    public let epoch: Hash256
    /// The origin that the replica's id is derived from; only in the first batch of a feed.
    public let origin: ReplicaOrigin?

    public init(
        replica: ReplicaID, first: Int, count: Int, previous: Hash256, seen: [Tip], head: Hash256, epoch: Hash256,
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
    public func feedHash(of edits: [EditHeader], _ hash: HashFunction) -> Hash256 {
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
    /// The device's Ed25519 signature over ``BatchHeader/feedHash(of:_:)``.
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
    public func tip(_ hash: HashFunction) -> Tip {
        Tip(header.lastDot, header.feedHash(of: edits.map(\.header), hash))
    }
}

/// The header of an edit, readable by the server: the entry and fields that it sets, and the hash of its box. The
/// content is sealed in the box.
public struct EditHeader: Hashable, Sendable {
    public let entry: EntryID
    /// The fields that this edit sets, ascending.
    public let tokens: [FieldToken]
    /// Whether this edit forgets its entry: every holder deletes the entry's boxes. Such an edit has no fields and no
    /// box.
    public let isForget: Bool
    /// In a forget by a member who is not an owner: proves that the entry is that member's own. `nil` in any other
    /// edit.
    public let proof: EntryProof?
    /// The number of the first edit of the local transaction that this one belongs to.
    public let group: Int
    /// See ``CausalContext/unread``; ascending, at most one a feed.
    public let unread: [Dot]
    /// The hash of the box; `nil` only in a forget.
    public let boxHash: Hash256?

    public init(
        entry: EntryID, tokens: [FieldToken], isForget: Bool = false, proof: EntryProof? = nil, group: Int,
        unread: [Dot] = [], boxHash: Hash256?
    ) {
        self.entry = entry
        self.tokens = tokens
        self.isForget = isForget
        self.proof = proof
        self.group = group
        self.unread = unread
        self.boxHash = boxHash
    }

    /// The edit's hash, part of the batch's hash. It covers the box by its hash, so it stays valid without the box.
    public func hash(_ hash: HashFunction) -> Hash256 {
        var bytes = CanonicalBytes(label: "between edit 1")
        bytes.append(boundBytes)
        bytes.append(boxHash?.bytes ?? [])
        return hash(bytes.bytes)
    }

    /// Every field of the header but the box's hash: the associated data with which the box is sealed.
    public var boundBytes: [UInt8] {
        var bytes = CanonicalBytes()
        bytes.append(entry)
        bytes.append(tokens.count)
        for token in tokens { bytes.append(token.bits) }
        bytes.append(!isForget ? 0 : proof == nil ? 1 : 2)
        if let proof { bytes.append(proof.bytes) }
        bytes.append(group)
        bytes.append(unread.count)
        for dot in unread { bytes.append(dot) }
        return bytes.bytes
    }

    /// The first rule that this header breaks as edit `n` of its feed, after an edit of the group `before`; `nil` if
    /// none.
    func defect(at n: Int, first: Int, before: Int?) -> Malformation? {
        guard tokens.count <= CausalityLimits.tokensPerEditMax, unread.count <= CausalityLimits.unreadPerEditMax
        else { return .tooMany }
        guard isForget ? tokens.isEmpty && boxHash == nil : !tokens.isEmpty && boxHash != nil else { return .shape }
        guard proof == nil || isForget else { return .shape }
        guard zip(tokens, tokens.dropFirst()).allSatisfy({ $0 < $1 }) else { return .order }
        guard zip(unread, unread.dropFirst()).allSatisfy({ $0.replica < $1.replica }),
            unread.allSatisfy({ (1...Dot.nMax).contains($0.n) })
        else { return .order }
        guard group == n || group == before, group >= first else { return .group }
        return nil
    }
}

/// An edit as stored: with its box, or as a stub without it.
public struct Edit: Hashable, Sendable {
    public let header: EditHeader
    /// The sealed content; `nil` in a stub and in a forget.
    public var box: [UInt8]?

    public init(_ header: EditHeader, box: [UInt8]?) {
        self.header = header
        self.box = box
    }
}
