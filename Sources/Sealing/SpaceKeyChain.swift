public import Causality
public import Membership

/// The keys of all epochs of a space that a device can open.
///
/// A device opens its wraps, and from each epoch the ones before it, back to
/// genesis; so a newcomer reads what was written before he came, and a device that
/// was removed keeps what it had. What does not open costs its own epoch, and those
/// that only it leads to, and no other. Make it anew when the log has grown.
public struct SpaceKeyChain: Sendable {
    private var keys: [Hash256: Result<SpaceKeys, SealingError>]
    private var epoch: Hash256
    /// Of each epoch, whether its key was wrapped to the device.
    private var isWrapped: [Bool]
    private var whole: Int?
    /// The newest epoch whose key opens here and leads to all before it: what this device may seal under, since
    /// everybody who is of the space then or later reads it. `nil` if none opens.
    public private(set) var newestWhole: Hash256?

    /// Opens all that a verified log hands to this device.
    ///
    /// - Throws: ``SealingError/noKeys`` if the device was never of the space. That keys do not open is said by
    ///   ``keys(of:)``.
    public init(of log: MembershipLog, openedBy device: DeviceKeys) throws(SealingError) {
        var keys: [Hash256: Result<SpaceKeys, SealingError>] = [:]
        let secrets = try EpochSecrets(of: log, openedBy: device)
        for (epoch, secret) in zip(log.epochs, secrets.secrets) {
            keys[epoch.name] = secret.flatMap { secret in
                SpaceKeys(suite: log.suite, space: log.space, epoch: epoch.name, secret: secret).map { .success($0) }
                    ?? .failure(.notOpened)
            }
        }
        self.keys = keys
        epoch = log.epoch
        isWrapped = secrets.isWrapped
        whole = secrets.whole
        newestWhole = secrets.whole.map { log.epochs[$0].name }
    }

    /// The chain of a log that goes on where this one's ended.
    ///
    /// Costs what is new; as much as all only if that opens an epoch which no wrap opened.
    ///
    /// - Throws: as ``init(of:openedBy:)``.
    public func following(_ log: MembershipLog, openedBy device: DeviceKeys) throws(SealingError) -> SpaceKeyChain {
        let count = isWrapped.count
        guard log.epochs.count >= count, log.epochs[count - 1].name == epoch else {
            return try SpaceKeyChain(of: log, openedBy: device)
        }
        var chain = self
        for index in log.epochs.indices.dropFirst(count) {
            guard chain.take(index, of: log, device) else { return try SpaceKeyChain(of: log, openedBy: device) }
        }
        return chain
    }

    /// Takes the epoch that follows. Answers whether nothing before it opens otherwise now.
    private mutating func take(_ index: Int, of log: MembershipLog, _ device: DeviceKeys) -> Bool {
        let name = log.epochs[index].name
        guard let record = log.record(beginning: name) else { return false }
        epoch = name
        switch EpochSecrets.unwrap(record, of: name, in: log, with: device) {
        case .failure(let reason):
            isWrapped.append(false)
            keys[name] = .failure(reason)
        case .success(let secret):
            var triesLeft = SealingLimits.bridgeTriesMax
            let others = isWrapped.indices.reversed().lazy.filter { [isWrapped] in !isWrapped[$0] }
            let lead = EpochSecrets.lead(from: index, secret, in: log, besides: others, &triesLeft)
            if let lead, !isWrapped[lead.target] { return false }
            let before = log.epochs[index - 1].name
            if lead == nil, case .failure(.noKeys)? = keys[before] { keys[before] = .failure(.notOpened) }
            isWrapped.append(true)
            // The space has one index key; what the record hands on as such does not count.
            let known = keys.values.lazy.compactMap { try? $0.get() }.first?.index
            guard let opened = SpaceKeys(suite: log.suite, space: log.space, epoch: name, secret: secret, index: known)
            else { return false }
            keys[name] = .success(opened)
            guard EpochSecrets.goesOn(from: whole, to: index, secret, lead, in: log) else { return true }
            whole = index
            newestWhole = name
        }
        return true
    }

    /// The keys of an epoch; `nil` if they are not to be had.
    public subscript(epoch: Hash256) -> SpaceKeys? { try? keys(of: epoch) }

    /// The keys of the epoch that reigns, under which is sealed what is written now; `nil` if they are not to be
    /// had, as for a device that was removed.
    public var current: SpaceKeys? { self[epoch] }

    /// The keys of an epoch.
    ///
    /// - Throws: ``SealingError/noKeys`` if the log has no such epoch or does not hand its keys to this device,
    ///   ``SealingError/notOpened`` if what it hands over was made for another place, or damaged.
    public func keys(of epoch: Hash256) throws(SealingError) -> SpaceKeys {
        guard let keys = keys[epoch] else { throw .noKeys }
        return try keys.get()
    }
}

extension SpaceKeyChain: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
