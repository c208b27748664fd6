import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Sealing
import Synchronization

/// The keys with which this device reads and writes a space, and the membership log that contains them.
///
/// The log may grow while the journal is open, by this process or another, and a join replaces the space: see
/// ``membership(_:in:)``.
final class JournalAccess: Sendable {
    /// A verified log, and the state derived from it.
    struct MembershipStatus: Sendable {
        let log: MembershipLog
        var chain: SpaceKeyChain
        /// The keys of the newest epoch that opens here together with all epochs before it; new edits are sealed
        /// under them. Field tokens are the same in all epochs.
        let keys: SpaceKeys
        /// The person that this device belongs to.
        let person: PersonID
        let member: MembershipLog.Member?
        /// The person of each device that ever was a member, by its signing key.
        let persons: [[UInt8]: PersonID]
        let known: Set<PersonID>
        /// The signing keys that may describe a device, by the id of the describing entry.
        let describers: [EntryID: Set<[UInt8]>]

        /// The last record in which the epoch of ``keys`` was current; new edits refer to it.
        let head: Hash256

        /// Whether this device is a member, and others accept its edits.
        let mayWrite: Bool

        /// Whether the newest key opens here together with all keys before it. If not, a member distributed invalid
        /// keys: edits under them cannot be read here until an owner's device starts a new epoch.
        var opensNewest: Bool { keys.epoch == log.epoch }

        /// Whether this device should start a new epoch itself: the newest key is invalid, or a removed device still
        /// has it.
        var owesEpoch: Bool {
            guard let member, member.role == .owner else { return false }
            return log.isEpochOwed || !opensNewest && Defence.repairsEpochs.isUp
        }
    }

    let device: DeviceKeys
    /// The name of the space in the replica.
    let name: String
    private let newest: Mutex<MembershipStatus>

    /// Opens the keys of a home.
    ///
    /// - Parameter name: of the space; by default the private one.
    /// - Throws: ``JournalError/Code/keys`` if they are missing or damaged.
    init(_ home: HomeFolder, _ reader: StoreReader, name: String = Journal.privateSpace) throws {
        self.name = name
        guard let bytes = try home.read(home.keys, lengthMax: DeviceKeys.encodedLengthMax) else {
            throw Self.failure("The device's keys are missing: there is no \(home.keys).", nil)
        }
        guard let space = try reader.space(named: name) else {
            throw Self.failure("The journal has no space.", nil)
        }
        do {
            device = try DeviceKeys(decoding: bytes)
            let log = try MembershipLog(keeping: reader.records(of: space).map(\.kept))
            newest = Mutex(try MembershipStatus(log, device))
        } catch {
            throw Self.failure("The device's keys in \(home.keys) do not open the journal.", error)
        }
        let membership = newest.withLock(\.self)
        let adopted = try adopting(membership, reader)
        newest.withLock { $0 = adopted }
    }

    /// Adopts the keys that other devices handed on, repeatedly, since what they open may contain further keys.
    func adopting(_ membership: MembershipStatus, _ reader: StoreReader) throws -> MembershipStatus {
        var membership = membership
        // A space that is being downloaded cannot be opened.
        guard membership.chain.missingKeys, !isJoining, Defence.handsKeysOn.isUp else { return membership }
        while true {
            var opened: Set<Hash256> = []
            for key in try HandedOnKey.all(reader, keyring(membership), membership) {
                opened.formUnion(membership.chain.adopt(key.bytes, of: key.epoch, in: membership.log))
            }
            guard !opened.isEmpty else { return membership }
        }
    }

    /// Whether this is the space of a pending join.
    var isJoining: Bool { name == Space.joining }

    /// How many records of the current log this process verified itself; the others were stored as verified.
    var verifiedCount: Int { newest.withLock(\.log.verifiedCount) }

    /// The current keys, as of the last transaction.
    var keys: SpaceKeys { newest.withLock(\.keys) }

    /// The epochs whose keys other devices can get only from this one, as of the last transaction.
    var strays: [Hash256] { newest.withLock(\.chain.strays) }

    /// Whether this device is a member, as of the last transaction.
    var isMember: Bool { newest.withLock { $0.member != nil } }

    /// The person that this device belongs to, as of the last transaction.
    var person: PersonID { newest.withLock(\.person) }

    /// Generates a name for a new entry of this person.
    func newName() -> EntryName {
        let membership = newest.withLock(\.self)
        var generator = SystemRandomNumberGenerator()
        return EntryName(
            .random(using: &generator), of: membership.person, in: membership.keys.space, Hash256.sha256)
    }

    /// The keys as the store needs them, as of the last transaction.
    var keyring: Keyring { keyring(newest.withLock(\.self)) }

    /// The membership status of this device in a transaction: the log may have grown since, or be another space's.
    ///
    /// The cost is proportional to the new records.
    ///
    /// - Throws: ``StoreError/inconsistent(_:)`` if the stored log is invalid.
    @discardableResult
    func membership(_ reader: StoreReader, in space: Space) throws -> MembershipStatus {
        let end = try reader.recordEnd(of: space)
        let known = newest.withLock(\.self)
        let count = known.log.records.count
        if end.count == count, end.last == known.log.records.last?.bytes {
            guard known.chain.missingKeys else { return known }
            let membership = try adopting(known, reader)
            newest.withLock { $0 = membership }
            return membership
        }
        var membership: MembershipStatus
        do {
            // The previously last record covers all records before it.
            let records = end.count > count ? try reader.records(of: space, from: count - 1) : []
            if let last = records.first, last.bytes == known.log.records.last?.bytes {
                var log = known.log
                for record in records.dropFirst() { try log.append(record.kept) }
                membership = try known.following(log, device)
            } else {
                membership = try MembershipStatus(MembershipLog(keeping: reader.records(of: space).map(\.kept)), device)
            }
        } catch {
            throw StoreError.inconsistent("the membership log")
        }
        membership = try adopting(membership, reader)
        newest.withLock { $0 = membership }
        return membership
    }

    /// Stores the result of verifying the log, unless another process extended it meanwhile; then it is stored when
    /// the home is opened next.
    func keepVerified(in transaction: StoreTransaction) throws {
        let log = newest.withLock(\.log)
        guard let space = try transaction.reader.space(named: name), space.id == log.space.bytes else { return }
        let end = try transaction.reader.recordEnd(of: space)
        guard end.count == log.records.count, end.last == log.records.last?.bytes else { return }
        try transaction.keepForms(log.records.map(\.keptForm), of: space)
    }

    /// Creates the private space of a new home.
    ///
    /// The device's keys are on the disk before anything refers to them; existing keys of an interrupted first start
    /// are used.
    ///
    /// - Returns: whether the space was created.
    static func found(_ home: HomeFolder, in transaction: StoreTransaction) throws -> Bool {
        guard try transaction.reader.space(named: Journal.privateSpace) == nil else { return false }
        var generator = SystemRandomNumberGenerator()
        let device = try DeviceKeys.kept(in: home) ?? .random(using: &generator)
        try device.keep(in: home)
        let person = PersonID.random(using: &generator)
        let founding = try SpaceKeys.found(by: person, device: device, using: &generator)
        _ = try transaction.addSpace(
            id: founding.keys.space.bytes, name: Journal.privateSpace, records: [founding.record.stored])
        return true
    }

    /// The keys as the store needs them: those of all epochs open, the newest one's seal.
    ///
    /// They open nothing of a space that is being downloaded, so nothing of it is shown before it replaces this one.
    func keyring(_ membership: MembershipStatus) -> Keyring {
        let (keys, chain, mayWrite, isOpen) = (membership.keys, membership.chain, membership.mayWrite, !isJoining)
        return Keyring(
            token: { name, entry in keys.token(of: name.text.string, in: entry) },
            seal: { content, header, dot in
                guard mayWrite else { throw SealingError.noKeys }
                var generator = SystemRandomNumberGenerator()
                return try keys.seal(content, of: header, at: dot, using: &generator)
            },
            open: { box, header, dot, epoch in
                guard isOpen else { throw SealingError.noKeys }
                let keys = try epoch == keys.epoch ? keys : chain.keys(of: epoch)
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
            }, hash: Hash256.sha256, deviceKey: device.identity.signingKey, head: membership.head,
            epoch: keys.epoch,
            mayFollow: { [log = membership.log, head = membership.head] previous in
                guard let before = log.position(of: previous), let here = log.position(of: head) else { return false }
                return before <= here
            },
            person: { [persons = membership.persons] in persons[$0] },
            isKnown: { [known = membership.known] in known.contains($0) },
            describers: { [describers = membership.describers] in describers[$0] })
    }

    static func failure(_ message: String, _ underlying: (any Error)?) -> JournalError {
        JournalError(
            .keys, message + " All entries are safe, and can be read and exported.",
            next: "To write again, put the file back from a backup.",
            underlying: underlying)
    }
}

extension JournalAccess.MembershipStatus {
    /// Opens the keys that a log contains for a device.
    ///
    /// - Throws: ``SealingError`` if no epoch's keys can be opened.
    init(_ log: MembershipLog, _ device: DeviceKeys) throws {
        try self.init(log, device, chain: SpaceKeyChain(of: log, openedBy: device))
    }

    /// The device's status after its log has grown to this one.
    func following(_ log: MembershipLog, _ device: DeviceKeys) throws -> Self {
        try Self(log, device, chain: chain.following(log, openedBy: device))
    }

    private init(_ log: MembershipLog, _ device: DeviceKeys, chain: SpaceKeyChain) throws {
        guard let keys = chain.followed.flatMap({ chain[$0] }) else {
            // The error of the newest epoch is the most specific.
            _ = try chain.keys(of: log.epoch)
            throw SealingError.noKeys
        }
        guard let person = log.person(of: device.identity.id), let head = log.lastHead(of: keys.epoch) else {
            throw SealingError.noKeys
        }
        let member = log.member(device.identity.id)
        // Others do not know the device at a head before it was added.
        let mayWrite =
            member != nil && log.member(device.identity.id, at: head) != nil
            && (keys.epoch == log.epoch || Defence.repairsEpochs.isUp)
        let signers = log.everySigner
        self.init(
            log: log, chain: chain, keys: keys, person: person, member: member,
            persons: signers.mapValues(\.person), known: Set(signers.values.map(\.person)),
            describers: Dictionary(
                signers.values.map { (keys.entry(describing: $0.device.id), log.describers(of: $0.device)) }
            ) { $0.union($1) },
            head: head, mayWrite: mayWrite)
    }
}

extension StoredRecord {
    var kept: MembershipLog.Kept { .init(bytes, form: form) }
}

extension MembershipRecord {
    /// The form in which the store keeps a record of a verified log.
    var stored: StoredRecord { StoredRecord(bytes, form: keptForm) }
}

extension MembershipLog {
    /// The person of a current or former device.
    func person(of device: DeviceID) -> PersonID? {
        switch record(adding: device)?.content {
        case .genesis(let genesis, _): genesis.person
        case .add(let member, _): member.person
        case .remove, .rotate, .leave, .raise, .unknown, nil: nil
        }
    }

    /// The signing keys of the devices that may name a device: itself, and the one that added it.
    func describers(of device: DeviceIdentity) -> Set<[UInt8]> {
        guard let record = record(adding: device.id), record.author != device.id,
            let adder = self.record(adding: record.author)
        else { return [device.signingKey] }
        switch adder.content {
        case .genesis(let genesis, _): return [device.signingKey, genesis.device.signingKey]
        case .add(let member, _): return [device.signingKey, member.device.signingKey]
        case .remove, .rotate, .leave, .raise, .unknown: return [device.signingKey]
        }
    }

    /// All current and former members, by signing key.
    var everySigner: [[UInt8]: Member] {
        var signers: [[UInt8]: Member] = [:]
        for record in records {
            let member: Member? =
                switch record.content {
                case .genesis(let genesis, _):
                    Member(person: genesis.person, role: .owner, device: genesis.device)
                case .add(let member, _): member
                case .remove, .rotate, .leave, .raise, .unknown: nil
                }
            if let member { signers[member.device.signingKey] = member }
        }
        return signers
    }
}
