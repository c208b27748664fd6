public import Causality
import Crypto
public import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The secrets of one epoch of a space: what seals and opens boxes, and what names fields.
///
/// Get them by ``found(by:device:batchVersion:using:)`` or, ever after, from the
/// log by ``init(of:in:openedBy:)``; they are stored nowhere else. The keys of box and
/// token are derived here once, so keep the value. No description shows any of it.
public struct SpaceKeys: Sendable {
    static let keyByteCount = 32

    public let suite: Suite
    public let space: SpaceID
    /// The epoch's name; see ``MembershipLog/epoch``.
    public let epoch: Hash256
    /// The key of the boxes, derived from the epoch's.
    let boxKey: SymmetricKey
    /// The beginning of every box's associated data.
    let boxPrefix: CanonicalBytes
    /// HMAC under the index key, the key absorbed.
    let index: HMAC<SHA256>

    /// Takes the epoch's key, then the space's index key, ``keyByteCount`` bytes each, or is `nil`.
    package init?(suite: Suite, space: SpaceID, epoch: Hash256, secret: [UInt8]) {
        self.init(suite: suite, space: space, epoch: epoch, secret: secret, index: nil)
    }

    /// - Parameter index: the index key in place of the secret's, absorbed; `nil` for that one.
    init?(suite: Suite, space: SpaceID, epoch: Hash256, secret: [UInt8], index: HMAC<SHA256>?) {
        guard secret.count == 2 * Self.keyByteCount else { return nil }
        self.suite = suite
        self.space = space
        self.epoch = epoch
        var info = CanonicalBytes(label: "between box key 1")
        info.append(suite.rawValue)
        info.append(space.bits)
        info.append(epoch)
        // RFC 5869; no salt, since the key is uniform already.
        boxKey = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret.prefix(Self.keyByteCount)), info: info.bytes,
            outputByteCount: Self.keyByteCount)
        boxPrefix = Self.boxPrefix(suite, space, epoch)
        self.index = index ?? HMAC<SHA256>(key: SymmetricKey(data: secret.suffix(Self.keyByteCount)))
    }

    /// Opens the keys of one epoch that a verified log hands to this device; for several, see ``SpaceKeyChain``.
    ///
    /// - Throws: ``SealingError/noKeys`` if there is no such epoch or nothing that leads to it for this device,
    ///   ``SealingError/notOpened`` if what leads to it was made for another place.
    public init(
        of epoch: Hash256, in log: MembershipLog, openedBy device: DeviceKeys
    ) throws(SealingError) {
        self = try SpaceKeyChain(of: log, openedBy: device).keys(of: epoch)
    }
}

extension SpaceKeys: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
