public import Causality
public import Membership

/// The keys of all epochs of a space that a device can open.
///
/// A device opens its wraps, and from each epoch the ones before it, back to
/// genesis; so a newcomer reads what was written before he came, and a device that
/// was removed keeps what it had. What does not open costs its own epoch, and those
/// that only it leads to, and no other. Make it anew when the log has grown.
public struct SpaceKeyChain: Sendable {
    private let keys: [Hash256: Result<SpaceKeys, SealingError>]
    private let epoch: Hash256
    /// The newest epoch whose key opens here and leads to all before it: what this device may seal under, since
    /// everybody who is of the space then or later reads it. `nil` if none opens.
    public let newestWhole: Hash256?

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
        newestWhole = secrets.whole.map { log.epochs[$0].name }
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
