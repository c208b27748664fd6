import Causality
import Crypto
import Membership

/// The epoch keys of a space that one device opens, and the epoch that it follows.
///
/// An epoch *leads* if its key is here and the `before` in the record that began it holds the key of an epoch that
/// leads; the oldest that opens leads by itself. The device follows the newest that leads: what it seals under that
/// key is read by everybody who is of the space then or later, and that key leads newcomers to what was before.
///
/// Epochs are taken in the order of the log, and what is known goes before what a later record says: a `before` that
/// holds another key than the one which leads already is passed over, so that nobody who comes later changes what
/// somebody opens. Only a key that leads takes the place of one that does not.
struct EpochSecrets: Sendable {
    private struct Epoch: Sendable {
        var key: Result<SymmetricKey, SealingError> = .failure(.noKeys)
        /// Whose key lies in the record that began it, as far as that was looked for.
        var target: Int?
        var leads = false
    }

    private var epochs: [Epoch] = []
    /// The space has one index key: that of the oldest wrap which opened. No later author may change how fields are
    /// named.
    private(set) var index: SymmetricKey?
    /// The newest epoch that leads; `nil` if none opens.
    private(set) var followed: Int?
    private var triesLeft = SealingLimits.bridgeTriesMax

    /// Opens all that a log hands to a device.
    ///
    /// - Throws: ``SealingError/noKeys`` if the log never knew the device.
    init(of log: MembershipLog, openedBy device: DeviceKeys) throws(SealingError) {
        guard log.record(adding: device.identity.id) != nil else { throw .noKeys }
        takeNew(of: log, device)
    }

    var count: Int { epochs.count }

    /// Takes the epochs of a log that goes on where the one that was taken ended. Costs what is new.
    ///
    /// - Returns: the epochs whose key is here now and was not, or is another.
    @discardableResult
    mutating func takeNew(of log: MembershipLog, _ device: DeviceKeys) -> [Int] {
        let arrival = log.record(adding: device.identity.id)
        let arrivalEpoch = arrival.flatMap { log.epoch(at: $0.hash) }
        var opened: [Int] = []
        for index in log.epochs.indices.dropFirst(count) {
            let name = log.epochs[index].name
            epochs.append(Epoch())
            guard let source = name == arrivalEpoch ? arrival : log.record(beginning: name) else { continue }
            switch Self.unwrap(source, of: name, in: log, with: device) {
            case .failure(let reason): epochs[index].key = .failure(reason)
            case .success(let secret):
                if self.index == nil { self.index = SymmetricKey(data: secret.suffix(SpaceKeys.keyByteCount)) }
                opened += settle(index, SymmetricKey(data: secret.prefix(SpaceKeys.keyByteCount)), in: log)
                if epochs[index].leads { followed = index }
            }
        }
        return opened
    }

    /// Takes the key of an epoch that another device of the space handed on, if it leads. Which epoch is followed does
    /// not change by it.
    ///
    /// - Returns: the epochs whose key is here now and was not, or is another.
    mutating func adopt(_ key: SymmetricKey, of index: Int, in log: MembershipLog) -> [Int] {
        guard epochs.indices.contains(index), !epochs[index].leads else { return [] }
        return settle(index, key, in: log, onlyIfItLeads: true)
    }

    /// The key of an epoch, then the index key.
    func secret(_ epoch: Int) throws(SealingError) -> [UInt8] {
        let key = try epochs[epoch].key.get()
        guard let index else { throw .noKeys }
        return key.bytes + index.bytes
    }

    func key(_ epoch: Int) -> Result<SymmetricKey, SealingError> { epochs[epoch].key }

    /// Whether there is an epoch of which no key is here that leads.
    var missingKeys: Bool { epochs.contains { !$0.leads } }

    func leads(_ epoch: Int) -> Bool { epochs[epoch].leads }

    /// The epochs that lead, are older than the followed one, and to which that does not lead: newcomers do not come by
    /// their keys. (A later one that leads here was handed on, and is not for everybody who has the followed one's
    /// key.)
    var strays: [Int] {
        guard let followed else { return [] }
        var path: Set<Int> = []
        var next: Int? = followed
        while let index = next {
            path.insert(index)
            next = epochs[index].target
        }
        return (0..<followed).filter { epochs[$0].leads && !path.contains($0) }
    }

    /// The keys of the newest epoch, if it is the one to follow.
    func current() throws(SealingError) -> [UInt8] {
        guard !epochs.isEmpty else { throw .noKeys }
        let keys = try secret(count - 1)
        guard followed == count - 1 || !Defence.repairsEpochs.isUp else { throw .notOpened }
        return keys
    }

    /// The keys of the epoch that is followed, and its place.
    func newest() throws(SealingError) -> (index: Int, keys: [UInt8]) {
        guard Defence.repairsEpochs.isUp else { return (count - 1, try current()) }
        guard let followed else {
            _ = try current()
            throw .noKeys
        }
        return (followed, try secret(followed))
    }

    // MARK: Which keys lead

    /// Takes a key that opened, and those of epochs before it to which it leads.
    private mutating func settle(
        _ index: Int, _ key: SymmetricKey, in log: MembershipLog, onlyIfItLeads: Bool = false
    ) -> [Int] {
        var path: [(index: Int, key: SymmetricKey, target: Int?)] = [(index, key, nil)]
        // The first that opens is where this device begins.
        var leads = !epochs.contains(where: \.leads) && !onlyIfItLeads
        var unknown: Int?
        while let last = path.last {
            guard let (target, targetKey) = lead(from: last.index, last.key, in: log) else {
                unknown = last.index > 0 ? last.index - 1 : nil
                // Who came into a bad epoch begins there only until something leads back to genesis.
                if last.index == 0, !leads, !onlyIfItLeads {
                    for index in epochs.indices { epochs[index].leads = false }
                    leads = true
                }
                break
            }
            if epochs[target].leads {
                leads = (try? epochs[target].key.get()) == targetKey
                if leads { path[path.count - 1].target = target }
                break
            }
            path[path.count - 1].target = target
            // It was followed down when it came.
            if (try? epochs[target].key.get()) == targetKey { break }
            path.append((target, targetKey, nil))
        }
        if let unknown, case .failure(.noKeys) = epochs[unknown].key { epochs[unknown].key = .failure(.notOpened) }
        guard leads || !onlyIfItLeads else { return [] }
        var opened: [Int] = []
        for step in path {
            if case .success = epochs[step.index].key, !leads { continue }
            epochs[step.index] = Epoch(key: .success(step.key), target: step.target, leads: leads)
            opened.append(step.index)
        }
        return opened
    }

    /// Finds whose key lies in the record that began an epoch: most often that of the epoch before, or else of the one
    /// that is followed. The others are tried as long as ``SealingLimits/bridgeTriesMax`` allows, those that lead
    /// first.
    private mutating func lead(
        from index: Int, _ key: SymmetricKey, in log: MembershipLog
    ) -> (target: Int, key: SymmetricKey)? {
        guard index > 0, let record = log.record(beginning: log.epochs[index].name), let previous = record.previous,
            let beginning = record.beginning
        else { return nil }
        let opener = KeyBridge.Opener(suite: log.suite, space: log.space, previous: previous, key: key)
        func open(_ target: Int) -> (Int, SymmetricKey)? {
            opener.open(beginning.before, ending: log.epochs[target].name).map { (target, $0) }
        }
        if let found = open(index - 1) { return found }
        guard Defence.repairsEpochs.isUp else { return nil }
        if let followed, followed < index - 1, let found = open(followed) { return found }
        for isLeading in [true, false] {
            for target in (0..<(index - 1)).reversed() where epochs[target].leads == isLeading && target != followed {
                guard triesLeft > 0 else { return nil }
                triesLeft -= 1
                if let found = open(target) { return found }
            }
        }
        return nil
    }

    /// Opens the wrap of an epoch's keys to a device.
    private static func unwrap(
        _ record: MembershipRecord, of epoch: Hash256, in log: MembershipLog, with device: DeviceKeys
    ) -> Result<[UInt8], SealingError> {
        let id = device.identity.id
        guard let wrap = record.wrap(for: id), let member = log.member(id, at: record.hash) else {
            return .failure(.noKeys)
        }
        let place = WrapPlace(
            suite: log.suite, space: log.space, epoch: epoch, recipient: member.device, previous: record.previous)
        return Result { () throws(SealingError) in
            let secret = try place.unwrap(wrap.sealed, with: device)
            guard secret.count == 2 * SpaceKeys.keyByteCount else { throw .notOpened }
            return secret
        }
    }
}

extension SymmetricKey {
    var bytes: [UInt8] { withUnsafeBytes(Array.init) }
}

extension MembershipRecord {
    /// The wrap in this record for a device.
    fileprivate func wrap(for device: DeviceID) -> KeyWrap? {
        switch content {
        case .genesis(_, let wrap), .add(_, let wrap): wrap.device == device ? wrap : nil
        case .remove(_, let beginning), .rotate(let beginning): beginning.wraps.first { $0.device == device }
        case .leave, .raise, .unknown: nil
        }
    }
}
