public import Causality

/// A batch that is being received, line by line.
///
/// A batch and its edits are signed, so unknown members are refused.
struct BatchReading {
    /// The batch format that this package reads and writes.
    static let version = Batch.wireVersion

    private static let headerKeys: [StaticString] = [
        "count", "epoch", "first", "head", "origin", "previous", "replica", "seen", "signature", "space", "type",
        "version",
    ]
    private static let originKeys: [StaticString] = ["key", "nonce"]
    private static let editKeys: [StaticString] = [
        "box", "entry", "fields", "forget", "group", "hash", "proof", "type", "unread",
    ]
    private static let signatureByteCount = 64

    private let space: SpaceID
    private let header: BatchHeader
    private let signature: [UInt8]
    private var edits: [Edit] = []
    /// The bytes of the lines received, newlines included.
    private(set) var byteCount: Int

    /// Reads the header.
    init(_ line: LineValue, byteCount: Int) throws(WireDefect) {
        let version = try line.required("version") { $0.integer(in: 0...WireLimits.integerMax) }
        guard version == Self.version else { throw .update }
        guard line.hasOnly(Self.headerKeys) else { throw .malformed }
        space = try line.required("space", \.space)
        header = BatchHeader(
            replica: try line.required("replica", \.replica),
            first: try line.required("first") { $0.integer(in: 1...Dot.nMax) },
            count: try line.required("count") { $0.integer(in: 1...CausalityLimits.editsPerBatchMax) },
            previous: try line.required("previous", \.hash),
            seen: try line.required("seen", \.clock).ends,
            head: try line.required("head", \.hash),
            epoch: try line.required("epoch", \.hash),
            origin: try line.optional("origin", Self.origin))
        guard header.lastDot.n <= Dot.nMax else { throw .malformed }
        signature = try line.required("signature") { $0.byteText(max: Self.signatureByteCount) }
        guard signature.count == Self.signatureByteCount else { throw .malformed }
        self.byteCount = byteCount
    }

    /// Reads the next edit.
    mutating func append(_ line: LineValue, byteCount: Int, _ hash: HashFunction) throws(WireDefect) {
        edits.append(try Self.edit(line, hash))
        self.byteCount += byteCount
    }

    /// The batch, once its last edit was received.
    var message: Message? {
        edits.count == header.count ? .batch(space, Batch(header, signature: signature, edits: edits)) : nil
    }

    private static func origin(_ value: LineValue) -> ReplicaOrigin? {
        guard value.hasOnly(originKeys),
            let key = value.member("key")?.byteText(max: ReplicaOrigin.deviceKeyByteCount),
            let nonce = value.member("nonce")?.byteText(max: ReplicaOrigin.nonceByteCount)
        else { return nil }
        return ReplicaOrigin(deviceKey: key, nonce: nonce)
    }

    private static func edit(_ line: LineValue, _ hash: HashFunction) throws(WireDefect) -> Edit {
        guard line.hasOnly(editKeys) else { throw .malformed }
        let tokens = try line.required("fields") { $0.elements(max: CausalityLimits.tokensPerEditMax, \.fieldToken) }
        let unread = try line.optional("unread") { $0.elements(max: CausalityLimits.unreadPerEditMax, \.dot) }
        // A false `forget` must be left out, since every edit has one form only.
        let isForget = try line.optional("forget") { $0.isTrue ? true : nil } ?? false
        let proof = try line.optional("proof") { value in
            value.byteText(max: EntryProof.byteCount).flatMap { EntryProof($0) }
        }
        let box = try line.optional("box", \.byteText)
        let boxHash = try line.optional("hash", \.hash)
        guard unread?.isEmpty != true, proof == nil || isForget,
            zip(tokens, tokens.dropFirst()).allSatisfy({ $0 < $1 }),
            zip(unread ?? [], (unread ?? []).dropFirst()).allSatisfy({ $0.replica < $1.replica }),
            isForget
                ? tokens.isEmpty && box == nil && boxHash == nil : !tokens.isEmpty && (box == nil) != (boxHash == nil)
        else { throw .malformed }
        let header = EditHeader(
            entry: try line.required("entry", \.entry), tokens: tokens, isForget: isForget, proof: proof,
            group: try line.required("group") { $0.integer(in: 1...Dot.nMax) }, unread: unread ?? [],
            boxHash: boxHash ?? box.map(hash))
        return Edit(header, box: box)
    }
}

// MARK: - Version

extension Batch {
    /// The batch format that this package reads and writes. A space's membership log names the version of its
    /// batches; a device that cannot read it stops syncing, reports `update`, and keeps its edits.
    public static let wireVersion = 1
}
