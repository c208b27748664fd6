package import Causality
import Crypto
package import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The binding of a key wrap: space, epoch, recipient and record, so that it opens nowhere else.
///
/// HPKE in base mode, single-shot (RFC 9180, section 6.1). The signature of the record authenticates the sender.
package struct WrapPlace: Hashable, Sendable {
    package let suite: Suite
    package let space: SpaceID
    /// The epoch of the keys.
    package let epoch: Hash256
    /// The recipient, as it is in the log.
    package let recipient: DeviceIdentity
    /// The head before the record that contains the wrap; `nil` for genesis.
    package let previous: Hash256?

    package init(suite: Suite, space: SpaceID, epoch: Hash256, recipient: DeviceIdentity, previous: Hash256?) {
        self.suite = suite
        self.space = space
        self.epoch = epoch
        self.recipient = recipient
        self.previous = previous
    }

    /// HPKE's `info`.
    private var info: Data {
        var bytes = CanonicalBytes(label: "between wrap 1")
        bytes.append(suite.rawValue)
        bytes.append(space.bits)
        bytes.append(epoch)
        bytes.append(recipient.id.bits)
        bytes.append(previous?.bytes ?? [])
        return Data(bytes.bytes)
    }

    /// Seals keys to the recipient.
    ///
    /// HPKE draws its ephemeral key from the system: the only draw of this module that does not use the caller's
    /// generator.
    ///
    /// - Throws: ``SealingError/unusableKey`` if nothing can be sealed to the recipient's key.
    package func wrap(_ keys: [UInt8]) throws(SealingError) -> [UInt8] {
        guard recipient.isUsable else { throw .unusableKey }
        do {
            let key = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: recipient.agreementKey)
            var sender = try HPKE.Sender(recipientKey: key, ciphersuite: suite.hpke, info: info)
            let sealed = try sender.seal(keys)
            return Array(sender.encapsulatedKey) + Array(sealed)
        } catch {
            throw .unusableKey
        }
    }

    /// Opens keys that were sealed to this device at this place.
    ///
    /// - Throws: ``SealingError/notOpened`` for any failure.
    package func unwrap(_ sealed: [UInt8], with device: DeviceKeys) throws(SealingError) -> [UInt8] {
        guard sealed.count == suite.wrapByteCount, device.identity == recipient else { throw .notOpened }
        let encapsulated = Array(sealed.prefix(DeviceIdentity.keyByteCount))
        // Sealed with an all-zero secret, it would open for anyone who knows the place.
        guard DeviceIdentity.isUsable(agreementKey: encapsulated) else { throw .notOpened }
        do {
            var receiver = try HPKE.Recipient(
                privateKey: device.agreement, ciphersuite: suite.hpke, info: info, encapsulatedKey: Data(encapsulated))
            return Array(try receiver.open(sealed.dropFirst(DeviceIdentity.keyByteCount)))
        } catch {
            throw .notOpened
        }
    }
}

extension Suite {
    fileprivate var hpke: HPKE.Ciphersuite {
        switch self {
        case .one: .Curve25519_SHA256_ChachaPoly
        }
    }
}
