import CanonicalJSON
public import Causality
public import Records

/// What a replica needs of the keys of its space, as functions, so that the store
/// holds none and links nothing that could.
public struct Keyring: Sendable {
    /// The name of an entry's field to those who may not know it.
    public var token: @Sendable (FieldName, EntryID) -> FieldToken
    /// Seals what an edit says, for this edit and no other.
    public var seal: @Sendable ([UInt8], EditHeader, Dot) throws -> [UInt8]
    /// Opens a box that was sealed in an epoch; throws where it does not open.
    public var open: @Sendable ([UInt8], EditHeader, Dot, Hash256) throws -> [UInt8]
    /// This device's signature over a line's hash.
    public var sign: @Sendable (Hash256) -> [UInt8]
    /// What a new incarnation of this device is named after.
    public var newOrigin: @Sendable () -> ReplicaOrigin
    public var hash: HashFunction
    /// This device's public signing key: lines that announced it are its own, in whatever incarnation.
    public var deviceKey: [UInt8]
    /// The last membership record at which the epoch reigned whose key seals here; the newest one, unless that epoch's
    /// key does not open.
    public var head: Hash256
    public var epoch: Hash256
    /// Whether ``head`` may follow in a line whose last batch named this record: heads never go back along a line.
    public var mayFollow: @Sendable (Hash256) -> Bool
    /// Whose the device with this signing key is, or was; `nil` where the log does not know it.
    public var person: @Sendable ([UInt8]) -> PersonID?
    /// Whether somebody is, or was, of the space.
    public var isKnown: @Sendable (PersonID) -> Bool
    /// The signing keys of the devices whose edits count in an entry that describes a device: its own, and that of
    /// the device that added it. `nil` for all other entries.
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

    /// Whether a device writes in the name of somebody else of the space. A name from elsewhere is nobody's here: it
    /// came with entries that were imported.
    func isFalse(author: JSONValue, of deviceKey: [UInt8]) -> Bool {
        guard let named = author.asText.flatMap({ PersonID($0) }), let person = person(deviceKey) else { return false }
        return named != person && isKnown(named)
    }
}
