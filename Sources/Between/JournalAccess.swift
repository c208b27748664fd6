import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Sealing
import Synchronization

/// The keys by which this device writes and reads a space, and the log that hands them to it.
///
/// The log grows while the journal is open, by this process or another, and a join puts another space in the
/// place of this one: see ``standing(_:in:)``.
final class JournalAccess: Sendable {
    /// A verified log, and what follows from it.
    struct Standing: Sendable {
        let log: MembershipLog
        var chain: SpaceKeyChain
        /// The keys of the newest epoch that opens here and leads to all before it: what is written here is sealed under
        /// them. They also name fields, which are named alike in all epochs.
        let keys: SpaceKeys
        /// Whose this device is.
        let person: PersonID
        let member: MembershipLog.Member?
        /// Whose each device is that ever was of the space, by its signing key.
        let persons: [[UInt8]: PersonID]
        let known: Set<PersonID>
        /// Who may describe each of these devices, by the entry that does.
        let describers: [EntryID: Set<[UInt8]>]

        /// The last record at which the epoch of ``keys`` reigned: what is written here names it.
        let head: Hash256

        /// Whether this device is of the space, and others take what it writes.
        let mayWrite: Bool

        /// Whether the newest key opens here, and leads to all keys before it. If not, somebody handed out keys that
        /// are none: what others write under it is not read here until an owner's device has begun a new epoch.
        var opensNewest: Bool { keys.epoch == log.epoch }

        /// Whether this device ought to begin a new epoch by itself: the newest key is no good, or a device left that
        /// still has it.
        var owesEpoch: Bool {
            guard let member, member.role == .owner else { return false }
            return log.isEpochOwed || !opensNewest && Defence.repairsEpochs.stands
        }
    }

    let device: DeviceKeys
    /// The name of the space in the replica.
    let name: String
    private let newest: Mutex<Standing>

    /// Opens the keys of a home.
    ///
    /// - Parameter name: of the space; the private one's.
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
            newest = Mutex(try Standing(log, device))
        } catch {
            throw Self.failure("The device's keys in \(home.keys) do not open the journal.", error)
        }
        let standing = newest.withLock(\.self)
        let adopted = try adopting(standing, reader)
        newest.withLock { $0 = adopted }
    }

    /// Takes the keys that other devices handed on, and what they open may hand on in turn.
    func adopting(_ standing: Standing, _ reader: StoreReader) throws -> Standing {
        var standing = standing
        // Nothing opens of a space that is being downloaded.
        guard standing.chain.lacksKeys, !isJoining, Defence.handsKeysOn.stands else { return standing }
        while true {
            var opened: Set<Hash256> = []
            for key in try HandedOnKey.all(reader, keyring(standing), standing) {
                opened.formUnion(standing.chain.adopt(key.bytes, of: key.epoch, in: standing.log))
            }
            guard !opened.isEmpty else { return standing }
        }
    }

    /// Whether this is the space that is being downloaded to take the private one's place.
    var isJoining: Bool { name == Space.joining }

    /// How many records of the log as it was last looked at this process verified itself; the others were kept as verified.
    var verifiedCount: Int { newest.withLock(\.log.verifiedCount) }

    /// The keys as they were last looked at.
    var keys: SpaceKeys { newest.withLock(\.keys) }

    /// Epochs whose keys others may come by through this device alone, as they were last looked at.
    var strays: [Hash256] { newest.withLock(\.chain.strays) }

    /// Whether this device is of the space, as it was last looked at.
    var isMember: Bool { newest.withLock { $0.member != nil } }

    /// Whose this device is, as it was last looked at.
    var person: PersonID { newest.withLock(\.person) }

    /// Draws a name for an entry that this person begins.
    func newName() -> EntryName {
        let standing = newest.withLock(\.self)
        var generator = SystemRandomNumberGenerator()
        return EntryName(
            .random(using: &generator), of: standing.person, in: standing.keys.space, Hash256.sha256)
    }

    /// What the store needs of the keys as they were last looked at.
    var keyring: Keyring { keyring(newest.withLock(\.self)) }

    /// How this device stands by the log as a transaction sees it: it may have grown since, or be another space's.
    ///
    /// Costs what is new of the log.
    ///
    /// - Throws: ``StoreError/inconsistent(_:)`` if the log that was kept is none.
    @discardableResult
    func standing(_ reader: StoreReader, in space: Space) throws -> Standing {
        let end = try reader.recordEnd(of: space)
        let known = newest.withLock(\.self)
        let count = known.log.records.count
        if end.count == count, end.last == known.log.records.last?.bytes {
            guard known.chain.lacksKeys else { return known }
            let standing = try adopting(known, reader)
            newest.withLock { $0 = standing }
            return standing
        }
        var standing: Standing
        do {
            // The record that was the last one names all before it.
            let records = end.count > count ? try reader.records(of: space, from: count - 1) : []
            if let last = records.first, last.bytes == known.log.records.last?.bytes {
                var log = known.log
                for record in records.dropFirst() { try log.append(record.kept) }
                standing = try known.following(log, device)
            } else {
                standing = try Standing(MembershipLog(keeping: reader.records(of: space).map(\.kept)), device)
            }
        } catch {
            throw StoreError.inconsistent("the membership log")
        }
        standing = try adopting(standing, reader)
        newest.withLock { $0 = standing }
        return standing
    }

    /// Keeps what verifying the log told, so that nobody has to do it again; unless another process extended the log
    /// meanwhile, which is then kept when the home opens next.
    func keepVerified(in transaction: StoreTransaction) throws {
        let log = newest.withLock(\.log)
        guard let space = try transaction.reader.space(named: name), space.id == log.space.bytes else { return }
        let end = try transaction.reader.recordEnd(of: space)
        guard end.count == log.records.count, end.last == log.records.last?.bytes else { return }
        try transaction.keepForms(log.records.map(\.keptForm), of: space)
    }

    /// Founds the private space of a new home.
    ///
    /// The device's keys are on the disk before anything names them; keys that are
    /// there already, since a first start was cut, are used.
    ///
    /// - Returns: whether there was none yet.
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

    /// What the store needs of the keys: those of all epochs open, the newest one's seal.
    ///
    /// Nothing opens of a space that is being downloaded, so nothing of it is shown before it takes its place.
    func keyring(_ standing: Standing) -> Keyring {
        let (keys, chain, mayWrite, isOpen) = (standing.keys, standing.chain, standing.mayWrite, !isJoining)
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
            }, hash: Hash256.sha256, deviceKey: device.identity.signingKey, head: standing.head,
            epoch: keys.epoch,
            mayFollow: { [log = standing.log, head = standing.head] previous in
                guard let before = log.position(of: previous), let here = log.position(of: head) else { return false }
                return before <= here
            },
            person: { [persons = standing.persons] in persons[$0] },
            isKnown: { [known = standing.known] in known.contains($0) },
            describers: { [describers = standing.describers] in describers[$0] })
    }

    static func failure(_ message: String, _ underlying: (any Error)?) -> JournalError {
        JournalError(
            .keys, message + " All entries are safe, and can be read and exported.",
            next: "To write again, put the file back from a backup.",
            underlying: underlying)
    }
}

extension JournalAccess.Standing {
    /// Opens what a log hands to a device.
    ///
    /// - Throws: ``SealingError`` if no epoch's keys open.
    init(_ log: MembershipLog, _ device: DeviceKeys) throws {
        try self.init(log, device, chain: SpaceKeyChain(of: log, openedBy: device))
    }

    /// How the device stands once its log has grown to this one.
    func following(_ log: MembershipLog, _ device: DeviceKeys) throws -> Self {
        try Self(log, device, chain: chain.following(log, openedBy: device))
    }

    private init(_ log: MembershipLog, _ device: DeviceKeys, chain: SpaceKeyChain) throws {
        guard let keys = chain.followed.flatMap({ chain[$0] }) else {
            // Why the newest does not open says most.
            _ = try chain.keys(of: log.epoch)
            throw SealingError.noKeys
        }
        guard let person = log.person(of: device.identity.id), let head = log.lastHead(of: keys.epoch) else {
            throw SealingError.noKeys
        }
        let member = log.member(device.identity.id)
        // At a head from before it came nobody knows it.
        let mayWrite =
            member != nil && log.member(device.identity.id, at: head) != nil
            && (keys.epoch == log.epoch || Defence.repairsEpochs.stands)
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
    /// As a log reads it.
    var kept: MembershipLog.Kept { .init(bytes, form: form) }
}

extension MembershipRecord {
    /// As the store keeps it, once a log took it.
    var stored: StoredRecord { StoredRecord(bytes, form: keptForm) }
}

extension MembershipLog {
    /// Whose a device is, or was.
    func person(of device: DeviceID) -> PersonID? {
        switch record(adding: device)?.content {
        case .genesis(let genesis, _): genesis.person
        case .add(let member, _): member.person
        case .remove, .rotate, .leave, .raise, .unknown, nil: nil
        }
    }

    /// The signing keys of those who may say what a device is called: itself, and who added it.
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

    /// All who ever were of the space, by the key that they sign with.
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
