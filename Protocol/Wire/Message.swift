public import Causality

/// Everything that one side may say to the other; `Protocol/SPEC.md` says when.
///
/// A value of this type is whole: a batch comes with its edits, though these are
/// lines of their own on the wire (see ``MessageReader`` and ``MessageWriter``).
public enum Message: Hashable, Sendable {
    // MARK: Who is there

    /// Client: the versions of the protocol that it speaks, and 32 random bytes.
    case hello(versions: VersionRange, nonce: Nonce)
    /// Server: the same of its own; the greatest version that both speak holds.
    case challenge(versions: VersionRange, nonce: Nonce)
    /// Client: which device this is, and proof; `invitation` is an enrolment string's secret.
    case auth(Authentication)
    /// Server: the device is known, and is in these spaces.
    case welcome(spaces: [SpaceID])

    // MARK: Who is in a space

    /// Either side: how many records its log of the space has, and the hash of the last (`nil` for none).
    case log(SpaceID, LogEnd)
    /// Either side: the record that follows `previous`; `previous` is `nil` for a genesis.
    case append(SpaceID, previous: Hash256?, record: [UInt8])
    /// Client: asks for the space to be held still, to cut an epoch.
    case hold(SpaceID)
    /// Server: it is held, for so many milliseconds, and this is its clock.
    case holding(SpaceID, clock: Frontier, millis: Int)

    // MARK: What each side holds

    /// Client: its clock.
    case open(SpaceID, clock: Frontier)
    /// Server: its clock, which lines of the client's clock are not as they are there, and for how many boxes it is
    /// going to ask at once.
    case opened(SpaceID, clock: Frontier, forked: [ReplicaID], lacks: Int = 0)
    /// Client: asks for the line's hash at these numbers, ascending.
    case line(SpaceID, ReplicaID, at: [Int])
    /// Server: those of the numbers at which a batch ends there, with the line's hash.
    case lineEnds(SpaceID, ReplicaID, ends: [LineEnd])
    /// Client: asks for the batch that begins at this dot, without its boxes, to see that a line forked there.
    case proof(SpaceID, Dot)

    // MARK: Edits

    /// Either side: a batch; a box is missing where its holder has none or the other needs none.
    case batch(SpaceID, Batch)
    /// Either side: the ends of batches that are on its disk now, by name.
    case held(SpaceID, [LineEnd])
    /// Either side: asks for boxes.
    case fetch(SpaceID, [Dot])
    /// Either side: a box that was asked for; `nil` if it is not there.
    case box(SpaceID, Dot, [UInt8]?)

    // MARK: Pairing

    /// Client, a member: whoever commits to a claim of this slot is to be told to it.
    case offer(Slot)
    /// Client, a stranger, then server to the member: somebody would like to come in, and shows who once the member has
    /// replied; the hash of what is shown then.
    case commit(Slot, Hash256)
    /// Client, the member, then server to the stranger: 32 bytes that nobody knew while he committed himself.
    case reply(Slot, Nonce)
    /// Client, the stranger, then server to the member: who it is; sealed.
    case reveal(Slot, sealed: [UInt8])
    /// Client, the member, then server to the stranger: what lets it in; sealed.
    case grant(Slot, sealed: [UInt8])

    // MARK: The connection

    /// Either side: the other may send so many bytes of batches and boxes more.
    case credit(bytes: Int)
    case ping
    case pong
    /// Either side: what was refused, and why.
    case error(WireError)
    /// Either side: nothing more comes from here.
    case bye
}

/// 32 random bytes that make a signature good for one connection only, or the words of a pairing for one claim.
public struct Nonce: Hashable, Sendable {
    public static let byteCount = 32

    public let bytes: [UInt8]

    /// Is `nil` unless there are 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }
}

/// The name of one pairing: 16 bytes that follow from its secret and do not give it away.
public struct Slot: Hashable, Sendable {
    public static let byteCount = 16

    public let bytes: [UInt8]

    /// Is `nil` unless there are 16 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }
}

/// How far a membership log goes.
public struct LogEnd: Hashable, Sendable {
    public let count: Int
    /// `nil` exactly for an empty log.
    public let head: Hash256?

    /// Is `nil` unless there is a head exactly where there are records.
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
