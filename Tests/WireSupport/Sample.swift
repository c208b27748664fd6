public import Causality
import TestSupport
public import Wire

/// A sample of each message, and its parts.
public enum Sample {
    public static let space = SpaceID(bits: EntryID(high: 1, low: 1))
    public static let device = DeviceID(bits: EntryID(high: 2, low: 2))
    public static let replica = ReplicaID(bits: 3)
    public static let hash = testHash([1])
    public static let keyHash = [UInt8](repeating: 4, count: 32)
    public static let nonce = required(Nonce([UInt8](repeating: 5, count: 32)))
    public static let slot = required(Slot([UInt8](repeating: 6, count: 16)))
    public static let proof = required(
        Authentication(
            signingKey: [UInt8](repeating: 7, count: 32), agreementKey: [UInt8](repeating: 8, count: 32),
            signature: [UInt8](repeating: 9, count: 64)))
    public static let origin = required(
        ReplicaOrigin(deviceKey: [UInt8](repeating: 7, count: 32), nonce: [UInt8](repeating: 1, count: 16)))

    public static let batch: Batch = {
        let box = [UInt8](repeating: 3, count: 60)
        let header = EditHeader(
            entry: EntryID(high: 9, low: 9), tokens: [FieldToken(bits: 1)], group: 1, boxHash: testHash(box))
        let replica = origin.replica(testHash)
        let batch = BatchHeader(
            replica: replica, first: 1, count: 1,
            previous: FeedState.start(space: space.bytes, replica: replica, testHash), seen: [], head: hash,
            epoch: hash, origin: origin)
        return Batch(batch, signature: [UInt8](repeating: 2, count: 64), edits: [Edit(header, box: box)])
    }()

    /// Every case of ``Message``, in the order of its declaration.
    public static let messages: [Message] = [
        .hello(versions: .ours, nonce: nonce), .challenge(versions: .ours, nonce: nonce), .auth(proof),
        .welcome(spaces: [space]), .log(space, .empty), .append(space, previous: hash, record: [1, 2, 3]),
        .hold(space), .holding(space, clock: Frontier(), millis: 5_000), .open(space, clock: Frontier()),
        .opened(space, clock: Frontier(), forked: []), .feed(space, replica, at: [1]),
        .tips(space, replica, ends: [Tip(Dot(replica, 1), hash)]), .proof(space, Dot(replica, 1)),
        .batch(space, batch),
        .held(space, [batch.tip(testHash)]), .fetch(space, [batch.header.firstDot]),
        .box(space, batch.header.firstDot, nil), .offer(slot), .commit(slot, hash), .reply(slot, nonce),
        .reveal(slot, sealed: [1]), .grant(slot, sealed: [1]),
        .credit(bytes: 1), .ping, .pong, .error(WireError(.failed)), .bye,
    ]

    /// The name of a value's case.
    public static func caseName(_ value: Any) -> String {
        String(String(describing: value).prefix { $0.isLetter })
    }

    public static func name(_ message: Message) -> String { caseName(message) }

    private static func required<T>(_ value: T?) -> T {
        guard let value else { preconditionFailure("a sample that is none") }
        return value
    }
}
