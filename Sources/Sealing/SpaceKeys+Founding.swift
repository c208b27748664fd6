public import Causality
public import Membership

extension SpaceKeys {
    /// The result of founding a space.
    public struct Founding: Sendable {
        /// The genesis record that begins the space's log.
        ///
        /// Store it durably before sealing anything: the keys are in it and nowhere else.
        public let record: MembershipRecord
        public let keys: SpaceKeys
    }

    /// Founds a space: draws its keys, wraps them to the device, and signs its genesis.
    ///
    /// The same generator output gives the same space, keys and id; the wrap and with it the record's hash differ
    /// each time, since HPKE draws from the system.
    ///
    /// - Parameters:
    ///   - person: the owner.
    ///   - device: the owner's first device.
    ///   - batchVersion: the version of the space's batch format, from 1 on.
    ///   - generator: a cryptographically secure generator.
    /// - Returns: the genesis, and the keys that it wraps.
    /// - Throws: ``SealingError/unusableKey``; never for keys from ``DeviceKeys/random(using:)``.
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
