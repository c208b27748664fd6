import Causality
import Membership

/// What a device opens of a log: the key of each epoch, and the index key.
///
/// The keys themselves, to be used at once and not kept.
struct EpochSecrets {
    /// Of each epoch of the log, in its order: its key, then the index key; or why there is none.
    private(set) var secrets: [Result<[UInt8], SealingError>]
    /// The newest epoch whose key opens and leads to the keys of all before it that are good: what is sealed under it,
    /// everybody who is of the space then can read, and who comes later gets at what was before. `nil` if none opens.
    private(set) var whole: Int?

    /// Opens all that can be opened.
    ///
    /// A wrap goes before what lies sealed under the next epoch: it was made when the epoch began, and not by
    /// somebody who came later. What does not open costs its own epoch only, and those that only it leads to.
    /// `before` holds the key of the epoch that ended, or, by who could not open that, of an older one.
    ///
    /// - Throws: ``SealingError/noKeys`` if the log never knew the device.
    init(of log: MembershipLog, openedBy device: DeviceKeys) throws(SealingError) {
        guard let arrival = log.record(adding: device.identity.id) else { throw .noKeys }
        let epochs = log.epochs
        let arrivalEpoch = log.epoch(at: arrival.hash)
        secrets = Array(repeating: .failure(.noKeys), count: epochs.count)
        var bridged: [Int: Result<[UInt8], SealingError>] = [:]
        /// Of each epoch that opens, the one whose key its `before` holds.
        var targets: [Int: Int] = [:]
        var triesLeft = SealingLimits.bridgeTriesMax
        for (index, epoch) in epochs.enumerated().reversed() {
            guard let record = log.record(beginning: epoch.name) else { continue }
            let source = epoch.name == arrivalEpoch ? arrival : record
            secrets[index] = Self.unwrap(source, of: epoch.name, in: log, with: device)
            if case .failure(let reason) = secrets[index], let way = bridged[index] {
                // Why the wrap does not open says more than that there was another way.
                if case .success = way { secrets[index] = way }
                if reason == .noKeys { secrets[index] = way }
            }
            guard index > 0, case .success(let secret) = secrets[index] else { continue }
            if let (target, key) = Self.cross(from: record, secret, to: epochs[..<index], in: log, &triesLeft) {
                targets[index] = target
                if case .success? = bridged[target] {} else { bridged[target] = .success(key) }
            } else if bridged[index - 1] == nil {
                bridged[index - 1] = .failure(.notOpened)
            }
        }
        for (index, secret) in secrets.enumerated() {
            guard case .success = secret, whole == nil || targets[index] == whole else { continue }
            whole = index
        }
        settleIndexKey()
    }

    /// The keys of the epoch that reigns, as long as they are good: see ``whole``.
    func current() throws(SealingError) -> [UInt8] {
        guard let last = secrets.last else { throw .noKeys }
        let keys = try last.get()
        guard whole == secrets.count - 1 || !Defence.repairsEpochs.stands else { throw .notOpened }
        return keys
    }

    /// The newest good keys, and the place of their epoch.
    func newest() throws(SealingError) -> (index: Int, keys: [UInt8]) {
        guard Defence.repairsEpochs.stands else { return (secrets.count - 1, try current()) }
        guard let whole else {
            _ = try current()
            throw .noKeys
        }
        return (whole, try secrets[whole].get())
    }

    /// The space has one index key. Where records hand on different ones, the oldest stands: no later author may
    /// change how fields are named.
    private mutating func settleIndexKey() {
        guard let oldest = secrets.lazy.compactMap({ try? $0.get() }).first else { return }
        let index = oldest.suffix(SpaceKeys.keyByteCount)
        for (place, secret) in secrets.enumerated() {
            if case .success(let secret) = secret {
                secrets[place] = .success(Array(secret.prefix(SpaceKeys.keyByteCount)) + index)
            }
        }
    }

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

    /// Opens the key that lies in a record under the one that it begins with: that of the epoch before, or of an older
    /// one if nobody who wrote the record had that.
    private static func cross(
        from record: MembershipRecord, _ secret: [UInt8], to epochs: ArraySlice<MembershipLog.Epoch>,
        in log: MembershipLog, _ triesLeft: inout Int
    ) -> (target: Int, keys: [UInt8])? {
        guard let previous = record.previous, let beginning = record.beginning else { return nil }
        let next = Array(secret.prefix(SpaceKeys.keyByteCount))
        for (target, epoch) in zip(epochs.indices, epochs).reversed() where triesLeft > 0 {
            triesLeft -= 1
            let bridge = KeyBridge(suite: log.suite, space: log.space, ending: epoch.name, previous: previous)
            if let key = try? bridge.open(beginning.before, under: next), key.count == SpaceKeys.keyByteCount {
                return (target, key + secret.suffix(SpaceKeys.keyByteCount))
            }
            guard Defence.repairsEpochs.stands else { return nil }
        }
        return nil
    }
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
