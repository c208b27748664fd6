import CanonicalJSON
public import Causality
public import Records

/// The cryptographic operations of a space as closures, so that the store holds no keys and links no cryptography.
public struct Keyring: Sendable {
    /// The token of an entry's field, which hides its name.
    public var token: @Sendable (FieldName, EntryID) -> FieldToken
    /// Seals the content of one edit, bound to its header and dot.
    public var seal: @Sendable ([UInt8], EditHeader, Dot) throws -> [UInt8]
    /// Opens a box that was sealed in an epoch; throws if it cannot be opened.
    public var open: @Sendable ([UInt8], EditHeader, Dot, Hash256) throws -> [UInt8]
    /// This device's signature over a feed's hash.
    public var sign: @Sendable (Hash256) -> [UInt8]
    /// The origin of a new incarnation of this device.
    public var newOrigin: @Sendable () -> ReplicaOrigin
    public var hash: HashFunction
    /// This device's public signing key: feeds that announced it are its own, in every incarnation.
    public var deviceKey: [UInt8]
    /// The last membership record in which the epoch of the sealing key was current; the newest record, unless that
    /// epoch's key cannot be opened.
    public var head: Hash256
    public var epoch: Hash256
    /// Whether ``head`` may follow this record in a feed: heads never go back along a feed.
    public var mayFollow: @Sendable (Hash256) -> Bool
    /// The person of a current or former device, by its signing key; `nil` if the log does not know it.
    public var person: @Sendable ([UInt8]) -> PersonID?
    /// Whether a person is or was a member of the space.
    public var isKnown: @Sendable (PersonID) -> Bool
    /// The signing keys whose edits count in an entry that describes a device: those of the device itself, and of the
    /// device that added it. `nil` for all other entries.
    public var describers: @Sendable (EntryID) -> Set<[UInt8]>?

    public init(
        token: @escaping @Sendable (FieldName, EntryID) -> FieldToken,
        seal: @escaping @Sendable ([UInt8], EditHeader, Dot) throws -> [UInt8],
        open: @escaping @Sendable ([UInt8], EditHeader, Dot, Hash256) throws -> [UInt8],
        sign: @escaping @Sendable (Hash256) -> [UInt8], newOrigin: @escaping @Sendable () -> ReplicaOrigin,
        hash: @escaping HashFunction, deviceKey: [UInt8], head: Hash256, epoch: Hash256,
        mayFollow: @escaping @Sendable (Hash256) -> Bool = { _ in true },
        person: @escaping @Sendable ([UInt8]) -> PersonID? = { _ in nil },
        isKnown: @escaping @Sendable (PersonID) -> Bool = { _ in false },
        describers: @escaping @Sendable (EntryID) -> Set<[UInt8]>? = { _ in nil }
    ) {
        self.token = token
        self.seal = seal
        self.open = open
        self.sign = sign
        self.newOrigin = newOrigin
        self.hash = hash
        self.deviceKey = deviceKey
        self.head = head
        self.epoch = epoch
        self.mayFollow = mayFollow
        self.person = person
        self.isKnown = isKnown
        self.describers = describers
    }

    /// Whether a device writes in the name of another member. Persons that are not members do not count: they came
    /// with imported entries.
    func isFalse(author: JSONValue, of deviceKey: [UInt8]) -> Bool {
        guard let named = author.asText.flatMap({ PersonID($0) }), let person = person(deviceKey) else { return false }
        return named != person && isKnown(named)
    }
}
