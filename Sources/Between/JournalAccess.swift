import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Sealing

/// The keys by which this device writes and reads the private space.
struct JournalAccess: Sendable {
    let device: DeviceKeys
    let person: PersonID
    let keys: SpaceKeys
    let head: Hash256

    /// Opens the keys of a home.
    ///
    /// - Throws: ``JournalError/Code/keys`` if they are missing or damaged.
    init(_ home: HomeFolder, _ reader: StoreReader) throws {
        guard let bytes = try home.read(home.keys, lengthMax: DeviceKeys.encodedLengthMax) else {
            throw Self.failure("The device's keys are missing: there is no \(home.keys).", nil)
        }
        guard let space = try reader.space(named: Journal.privateSpace) else {
            throw Self.failure("The journal has no space.", nil)
        }
        do {
            device = try DeviceKeys(decoding: bytes)
            let log = try MembershipLog(parsing: try reader.records(of: space))
            keys = try SpaceKeys(of: log.epoch, in: log, openedBy: device)
            guard let member = log.member(device.identity.id) else {
                throw Self.failure("This device is not of the journal.", nil)
            }
            person = member.person
            head = log.head
        } catch let error as JournalError {
            throw error
        } catch {
            throw Self.failure("The device's keys in \(home.keys) do not open the journal.", error)
        }
    }

    /// Founds the private space of a new home.
    ///
    /// The device's keys are on the disk before anything names them; keys that are
    /// there already, since a first start was cut, are used.
    static func found(_ home: HomeFolder, in transaction: StoreTransaction) throws {
        guard try transaction.reader.space(named: Journal.privateSpace) == nil else { return }
        var generator = SystemRandomNumberGenerator()
        let device: DeviceKeys
        if let bytes = try home.read(home.keys, lengthMax: DeviceKeys.encodedLengthMax) {
            do { device = try DeviceKeys(decoding: bytes) } catch {
                throw failure("The device's keys in \(home.keys) cannot be read.", error)
            }
        } else {
            device = DeviceKeys.random(using: &generator)
            try home.replace(home.keys, with: device.encoded(), isDurable: true)
        }
        let person = PersonID.random(using: &generator)
        let founding = try SpaceKeys.found(by: person, device: device, using: &generator)
        _ = try transaction.addSpace(
            id: founding.keys.space.bytes, name: Journal.privateSpace, records: [founding.record.bytes])
    }

    /// What the store needs of these keys.
    var keyring: Keyring {
        Keyring(
            token: { [keys] name, entry in keys.token(of: name.text.string, in: entry) },
            seal: { [keys] content, header, dot in
                var generator = SystemRandomNumberGenerator()
                return try keys.seal(content, of: header, at: dot, using: &generator)
            },
            open: { [keys] box, header, dot, epoch in
                guard epoch == keys.epoch else { throw SealingError.noKeys }
                return try keys.open(box, of: header, at: dot)
            },
            sign: { [device] in device.signature(ofBatch: $0) },
            newOrigin: { [device] in
                var generator = SystemRandomNumberGenerator()
                let nonce = (0..<ReplicaOrigin.nonceByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
                guard let origin = ReplicaOrigin(deviceKey: device.identity.signingKey, nonce: nonce) else {
                    preconditionFailure("a device's key has 32 bytes and the nonce 16")
                }
                return origin
            }, hash: Hash256.sha256, head: head, epoch: keys.epoch)
    }

    private static func failure(_ message: String, _ underlying: (any Error)?) -> JournalError {
        JournalError(
            .keys, message,
            next: "All entries are safe and can be read and exported. To write again, put the file back from a backup.",
            underlying: underlying)
    }
}
