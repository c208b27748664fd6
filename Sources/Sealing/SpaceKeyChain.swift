public import Causality
import Crypto
public import Membership

/// The keys of all epochs of a space that a device can open.
///
/// A device opens its wraps, and from each epoch the ones before it, back to
/// genesis; so a newcomer reads what was written before they came, and a device that
/// was removed keeps what it had. A key that does not open costs its own epoch, and those
/// that only it leads to, and no other. When the log has grown, use ``following(_:openedBy:)``.
public struct SpaceKeyChain: Sendable {
    private var secrets: EpochSecrets
    private var keys: [Hash256: Result<SpaceKeys, SealingError>] = [:]
    private var epochs: [Hash256] = []

    /// Opens all that a verified log hands to this device.
    ///
    /// - Throws: ``SealingError/noKeys`` if the device was never of the space. That keys do not open is said by
    ///   ``keys(of:)``.
    public init(of log: MembershipLog, openedBy device: DeviceKeys) throws(SealingError) {
        secrets = try EpochSecrets(of: log, openedBy: device)
        epochs = log.epochs.map(\.name)
        update(epochs.indices, in: log)
    }

    /// The chain of a log that goes on where this one's ended. Costs what is new.
    ///
    /// - Throws: as ``init(of:openedBy:)``.
    public func following(_ log: MembershipLog, openedBy device: DeviceKeys) throws(SealingError) -> SpaceKeyChain {
        guard log.epochs.count >= epochs.count, log.epochs[epochs.count - 1].name == epochs.last else {
            return try SpaceKeyChain(of: log, openedBy: device)
        }
        var chain = self
        let added = chain.epochs.count..<log.epochs.count
        chain.epochs += log.epochs[added].map(\.name)
        let opened = chain.secrets.takeNew(of: log, device)
        chain.update(Set(opened).union(added), in: log)
        // Why the epoch before a new one does not open may be known better now.
        chain.update(added.map { $0 - 1 }.filter { chain[chain.epochs[$0]] == nil }, in: log)
        return chain
    }

    private mutating func update(_ changed: some Sequence<Int>, in log: MembershipLog) {
        var index = keys.values.lazy.compactMap { try? $0.get() }.first?.index
        for place in changed {
            let name = epochs[place]
            keys[name] = Result { () throws(SealingError) in
                let secret = try secrets.secret(place)
                guard
                    let opened = SpaceKeys(
                        suite: log.suite, space: log.space, epoch: name, secret: secret, index: index)
                else { throw .notOpened }
                index = opened.index
                return opened
            }
        }
    }

    /// The keys of an epoch; `nil` if they are not to be had.
    public subscript(epoch: Hash256) -> SpaceKeys? { try? keys(of: epoch) }

    /// The keys of the newest epoch; `nil` if they are not to be had, as for a device that was removed.
    public var current: SpaceKeys? { epochs.last.flatMap { self[$0] } }

    /// The newest epoch whose key opens here and leads back to the oldest that does, step by step, by the keys in the
    /// records that began epochs. This device seals under it, since everybody who is of the space then or later reads
    /// that. `nil` if none opens.
    public var followed: Hash256? { secrets.followed.map { epochs[$0] } }

    /// The keys of an epoch.
    ///
    /// - Throws: ``SealingError/noKeys`` if the log has no such epoch or does not hand its keys to this device,
    ///   ``SealingError/notOpened`` if what it hands over was made for another place, or damaged.
    public func keys(of epoch: Hash256) throws(SealingError) -> SpaceKeys {
        guard let keys = keys[epoch] else { throw .noKeys }
        return try keys.get()
    }

    // MARK: Keys that devices hand on

    /// Whether some epoch's key is not here, or does not lead to those before it: another device may have it.
    public var missingKeys: Bool { secrets.missingKeys }

    /// Epochs that are good, and to which ``followed`` does not lead: members who were not given their keys come by
    /// them only if this device hands them on.
    public var strays: [Hash256] { secrets.strays.map { epochs[$0] } }

    /// Whether the key of an epoch is here and leads back to the oldest that is.
    public func leads(_ epoch: Hash256) -> Bool { epochs.lastIndex(of: epoch).map(secrets.leads) ?? false }

    /// The epochs of which boxes open now that did not by an earlier state of the chain.
    public func opened(since earlier: SpaceKeyChain) -> Set<Hash256> {
        Set(epochs.filter { self[$0] != nil && (earlier[$0] == nil || leads($0) && !earlier.leads($0)) })
    }

    /// The key of an epoch, to be handed on sealed under ``followed``; `nil` if it is not here. ``adopt(_:of:in:)``
    /// takes it.
    public func handedOn(_ epoch: Hash256) -> [UInt8]? {
        guard let place = epochs.lastIndex(of: epoch) else { return nil }
        return try? secrets.key(place).get().bytes
    }

    /// Takes a key that another device of the space handed on.
    ///
    /// It is taken if it leads to what is here, and no key is here that does; the record that began the epoch proves
    /// it. Which epoch this device follows does not change.
    ///
    /// - Returns: the epochs whose keys are here now and were not.
    public mutating func adopt(_ key: [UInt8], of epoch: Hash256, in log: MembershipLog) -> Set<Hash256> {
        guard key.count == SpaceKeys.keyByteCount, let place = epochs.lastIndex(of: epoch) else { return [] }
        let opened = secrets.adopt(SymmetricKey(data: key), of: place, in: log)
        update(opened, in: log)
        return Set(opened.map { epochs[$0] })
    }
}

extension SpaceKeyChain: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
