package import Causality
package import Membership
package import Wire

/// The checks of a ``ModelServer`` that can be replaced: hashes, signatures, and the verification of records.
package struct ModelChecks: Sendable {
    package let hash: HashFunction
    /// Whether this device signed the batch, after which its feed has this hash.
    package let isSigned: @Sendable (Batch, DeviceIdentity, Hash256) -> Bool
    /// The first edit of a batch to which its signer had no right, given the held edits.
    package let overreach: Overreach
    /// Whether this device authenticated on this connection.
    package let isProof: @Sendable (Authentication, Transcript, DeviceIdentity) -> Bool
    /// The log with one more record, or begun with it.
    package let extend: @Sendable (MembershipLog?, [UInt8]) -> Result<MembershipLog, MembershipError>

    package typealias Overreach = @Sendable (Batch, MembershipLog.Member, MembershipLog, EditLog) -> Dot?

    /// - Parameter overreach: the common rule, unless a simulator tests that a mistake is found.
    package init(
        hash: @escaping HashFunction, isSigned: @escaping @Sendable (Batch, DeviceIdentity, Hash256) -> Bool,
        isProof: @escaping @Sendable (Authentication, Transcript, DeviceIdentity) -> Bool,
        extend: @escaping @Sendable (MembershipLog?, [UInt8]) -> Result<MembershipLog, MembershipError>,
        overreach: Overreach? = nil
    ) {
        self.hash = hash
        self.isSigned = isSigned
        self.isProof = isProof
        self.extend = extend
        self.overreach = overreach ?? { batch, signer, log, _ in log.overreach(in: batch, by: signer, hash) }
    }

    /// The checks of a real server.
    package static let real = ModelChecks(
        hash: Hash256.sha256,
        isSigned: { batch, device, feedHash in batch.isSigned(by: device, feedHash: feedHash) },
        isProof: { proof, transcript, device in
            SignedStatement.authentication(
                version: transcript.version, clientNonce: transcript.client.bytes,
                serverNonce: transcript.server.bytes, device: device.id, serverKeyHash: transcript.keyHash
            ).isSigned(by: device, proof.signature)
        },
        extend: extended)

    /// The log with one more record, or begun with it; verified.
    package static let extended: @Sendable (MembershipLog?, [UInt8]) -> Result<MembershipLog, MembershipError> = {
        log, bytes in
        do throws(MembershipError) {
            let record = try MembershipRecord(parsing: bytes)
            guard var log else { return .success(try MembershipLog(genesis: record)) }
            try log.append(record)
            return .success(log)
        } catch {
            return .failure(error)
        }
    }
}
