public import Causality
public import Membership

extension SpaceKeys {
    /// A space that was just founded.
    public struct Founding: Sendable {
        /// The record with which its log begins.
        ///
        /// Store it durably before anything is sealed: the keys are in it, and nowhere else.
        public let record: MembershipRecord
        public let keys: SpaceKeys
    }

    /// Founds a space: draws its keys, wraps them to the device, signs its genesis.
    ///
    /// The same generator gives the same space, keys and name; the wrap and with it the
    /// record's hash differ every time, since HPKE draws from the system.
    ///
    /// - Parameters:
    ///   - person: the owner.
    ///   - device: the owner's first device.
    ///   - batchVersion: the form of the space's batches, from 1 on.
    ///   - generator: the system's, or one as good.
    /// - Returns: the genesis and the keys that it wraps.
    /// - Throws: ``SealingError/unusableKey``; never for keys that ``DeviceKeys/random(using:)`` drew.
    public static func found(
        by person: PersonID, device: DeviceKeys, batchVersion: Int = 1,
        using generator: inout some RandomNumberGenerator
    ) throws(SealingError) -> Founding {
        let secret = generator.bytes(2 * keyByteCount)
        let nonce = generator.bytes(Genesis.nonceByteCount)
        guard
            let genesis = Genesis(
                suite: .one, batchVersion: batchVersion, nonce: nonce, person: person, device: device.identity)
        else { preconditionFailure("a space with batches of the version \(batchVersion)") }
        let space = genesis.space
        let record = try MembershipRecord.genesis(genesis) { epoch throws(SealingError) in
            let place = WrapPlace(
                suite: genesis.suite, space: space, epoch: epoch, recipient: device.identity, previous: nil)
            return try place.wrap(secret)
        } signing: {
            device.signature(of: $0)
        }
        guard let keys = SpaceKeys(suite: genesis.suite, space: space, epoch: record.bodyHash, secret: secret) else {
            preconditionFailure("two keys were drawn")
        }
        return Founding(record: record, keys: keys)
    }
}
