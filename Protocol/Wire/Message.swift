public import Causality

/// A message of either side; `Protocol/SPEC.md` says when it may be sent.
///
/// A value is complete: a batch includes its edits, though these are lines of their own on the wire (see
/// ``MessageReader`` and ``MessageWriter``).
public enum Message: Hashable, Sendable {
    // MARK: Authentication

    /// Client: the protocol versions that it supports, and 32 random bytes.
    case hello(versions: VersionRange, nonce: Nonce)
    /// Server: its own versions and nonce; the greatest common version is used.
    case challenge(versions: VersionRange, nonce: Nonce)
    /// Client: the device's keys and proof; `invitation` is an enrolment string's secret.
    case auth(Authentication)
    /// Server: the device is authenticated, and a member of these spaces.
    case welcome(spaces: [SpaceID])

    // MARK: Membership

    /// Either side: how many records its log of the space has, and the hash of the last (`nil` for none).
    case log(SpaceID, LogEnd)
    /// Either side: the record that follows `previous`; `previous` is `nil` for a genesis.
    case append(SpaceID, previous: Hash256?, record: [UInt8])
    /// Client: asks for the clock to use as the cut of a new epoch.
    case hold(SpaceID)
    /// Server: that clock; `millis` is how long removed devices are paused if the record comes too late.
    case holding(SpaceID, clock: Frontier, millis: Int)

    // MARK: Clocks

    /// Client: its clock.
    case open(SpaceID, clock: Frontier)
    /// Server: its clock, the feeds of the client's clock that are forked there, and the number of boxes that it is
    /// about to request.
    case opened(SpaceID, clock: Frontier, forked: [ReplicaID], missing: Int = 0)
    /// Client: asks for the feed's hash at these numbers, ascending.
    case feed(SpaceID, ReplicaID, at: [Int])
    /// Server: the feed's hash at those of the numbers where a batch ends.
    case tips(SpaceID, ReplicaID, ends: [Tip])
    /// Client: asks for the batch that begins at this dot, without its boxes, as proof of a fork.
    case proof(SpaceID, Dot)

    // MARK: Edits

    /// Either side: a batch; a box is missing if its holder does not have it or the receiver does not need it.
    case batch(SpaceID, Batch)
    /// Either side: the ends of batches that are durable there now.
    case held(SpaceID, [Tip])
    /// Either side: requests boxes.
    case fetch(SpaceID, [Dot])
    /// Either side: a requested box; `nil` if it is not there.
    case box(SpaceID, Dot, [UInt8]?)

    // MARK: Pairing

    /// Client, a member: asks to be told of a commitment for this slot.
    case offer(Slot)
    /// Client, a newcomer, then server to the member: the hash of the claim that the newcomer reveals after the
    /// member's reply.
    case commit(Slot, Hash256)
    /// Client, the member, then server to the newcomer: 32 bytes that nobody knew at the time of the commitment.
    case reply(Slot, Nonce)
    /// Client, the newcomer, then server to the member: the sealed claim.
    case reveal(Slot, sealed: [UInt8])
    /// Client, the member, then server to the newcomer: the sealed grant.
    case grant(Slot, sealed: [UInt8])

    // MARK: The connection

    /// Either side: the other may send this many more bytes of batches and boxes.
    case credit(bytes: Int)
    case ping
    case pong
    /// Either side: what was refused, and why.
    case error(WireError)
    /// Either side: the last message.
    case bye
}

/// 32 random bytes that bind a signature to one connection, or the words of a pairing to one claim.
public struct Nonce: Hashable, Sendable {
    public static let byteCount = 32

    public let bytes: [UInt8]

    /// Is `nil` unless there are 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }
}

/// The id of a pairing: 16 bytes derived from its secret, which they do not reveal.
public struct Slot: Hashable, Sendable {
    public static let byteCount = 16

    public let bytes: [UInt8]

    /// Is `nil` unless there are 16 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }
}

/// The length and head of a membership log.
public struct LogEnd: Hashable, Sendable {
    public let count: Int
    /// `nil` only for an empty log.
    public let head: Hash256?

    /// Is `nil` unless there is a head exactly if there are records.
    public init?(count: Int, head: Hash256?) {
        guard count >= 0, (count == 0) == (head == nil) else { return nil }
        self.count = count
        self.head = head
    }

    public static let empty = LogEnd()

    private init() {
        count = 0
        head = nil
    }
}

/// The values of `type` of the lines on the wire.
package enum MessageType: String, CaseIterable {
    case hello, challenge, auth, welcome
    case log, append, hold, holding
    case open, opened, feed
    case tips = "tips"
    case proof
    case batch, edit, held, fetch, box
    case offer, commit, reply, reveal, grant
    case credit, ping, pong, error, bye

    /// The length of the longest name in bytes; a longer one is unknown without being decoded.
    private static let lengthMax = 32

    init?(_ text: ArraySlice<UInt8>) {
        guard text.count <= Self.lengthMax else { return nil }
        self.init(rawValue: String(decoding: text, as: UTF8.self))
    }
}

// MARK: - Subject

extension Message {
    /// The space of the message, if it has one.
    public var space: SpaceID? {
        switch self {
        case .log(let space, _), .append(let space, _, _), .hold(let space), .holding(let space, _, _),
            .open(let space, _), .opened(let space, _, _, _), .feed(let space, _, _), .tips(let space, _, _),
            .proof(let space, _), .batch(let space, _), .held(let space, _), .fetch(let space, _),
            .box(let space, _, _):
            space
        case .error(let error): error.space
        case .hello, .challenge, .auth, .welcome, .offer, .commit, .reply, .reveal, .grant, .credit, .ping, .pong, .bye:
            nil
        }
    }

    /// Whether its bytes are taken off the credit.
    public var isCounted: Bool {
        switch self {
        case .batch, .box: true
        case .hello, .challenge, .auth, .welcome, .log, .append, .hold, .holding, .open, .opened, .feed, .tips,
            .proof, .held, .fetch, .offer, .commit, .reply, .reveal, .grant, .credit, .ping, .pong, .error, .bye:
            false
        }
    }
}

/// A membership record to send, with the head that it follows.
public struct LinkedRecord: Hashable, Sendable {
    /// `nil` for a genesis.
    public let previous: Hash256?
    public let bytes: [UInt8]

    public init(previous: Hash256?, bytes: [UInt8]) {
        self.previous = previous
        self.bytes = bytes
    }
}

/// The result of looking for an edit's box; `bytes` is `nil` if it is not held.
public struct FoundBox: Hashable, Sendable {
    public let dot: Dot
    public let bytes: [UInt8]?

    public init(_ dot: Dot, _ bytes: [UInt8]?) {
        self.dot = dot
        self.bytes = bytes
    }
}

/// A received message, and its size on the wire.
public struct ReceivedMessage: Hashable, Sendable {
    /// `nil` for a type that this version does not know: answer with ``ErrorCode/unknown``, and continue.
    public let message: Message?
    /// The bytes of its lines, newlines included; credit counts them for batches and boxes.
    public let byteCount: Int

    public init(message: Message?, byteCount: Int) {
        self.message = message
        self.byteCount = byteCount
    }
}
