import Causality
import Membership

/// What a device opens of a log: the key of each epoch, and the index key.
///
/// The keys themselves, to be used at once and not kept. To open all costs what there is of epochs; see
/// ``SpaceKeyChain/following(_:openedBy:)`` for those that are new.
struct EpochSecrets {
    /// Of each epoch of the log, in its order: its key, then the index key; or why there is none.
    private(set) var secrets: [Result<[UInt8], SealingError>]
    /// The newest epoch whose key opens and leads to the keys of all before it that are good: what is sealed under it,
    /// everybody who is of the space then can read, and who comes later gets at what was before. `nil` if none opens.
    private(set) var whole: Int?
    /// Of each epoch, whether its key was wrapped to the device; else what opens it is a later epoch's.
    let isWrapped: [Bool]

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
        secrets = epochs.map { epoch in
            let source = epoch.name == arrivalEpoch ? arrival : log.record(beginning: epoch.name)
            return source.map { Self.unwrap($0, of: epoch.name, in: log, with: device) } ?? .failure(.noKeys)
        }
        isWrapped = secrets.map { (try? $0.get()) != nil }
        var bridged: [Int: Result<[UInt8], SealingError>] = [:]
        var leads: [Int: Lead] = [:]
        var unwrapped = epochs.indices.filter { [isWrapped] in !isWrapped[$0] }
        var triesLeft = SealingLimits.bridgeTriesMax
        for index in epochs.indices.reversed() {
            while let last = unwrapped.last, last >= index { unwrapped.removeLast() }
            if case .failure(let reason) = secrets[index], let way = bridged[index] {
                // Why the wrap does not open says more than that there was another way.
                if case .success = way { secrets[index] = way }
                if reason == .noKeys { secrets[index] = way }
            }
            guard index > 0, case .success(let secret) = secrets[index] else { continue }
            if let lead = Self.lead(from: index, secret, in: log, besides: unwrapped.reversed(), &triesLeft) {
                leads[index] = lead
                if case .success? = bridged[lead.target] {} else { bridged[lead.target] = .success(lead.keys) }
            } else if bridged[index - 1] == nil {
                bridged[index - 1] = .failure(.notOpened)
            }
        }
        for (index, secret) in secrets.enumerated() {
            guard case .success(let secret) = secret else { continue }
            if Self.goesOn(from: whole, to: index, secret, leads[index], in: log) { whole = index }
        }
        settleIndexKey()
    }

    /// What lies sealed in the record that began an epoch.
    struct Lead {
        /// The epoch whose key it is.
        let target: Int
        /// Its key, then the index key.
        let keys: [UInt8]
    }

    /// Whether an epoch that opens leads to all before it that are good, as the newest so far does.
    ///
    /// - Parameter lead: what was found in the epoch's record.
    static func goesOn(
        from whole: Int?, to index: Int, _ secret: [UInt8], _ lead: Lead?, in log: MembershipLog
    ) -> Bool {
        guard let whole else { return true }
        if let lead { return lead.target == whole }
        guard Defence.repairsEpochs.stands else { return false }
        return cross(from: index, secret, to: whole, in: log) != nil
    }

    /// Finds what lies in the record that began an epoch: most often the key of the one before. Else it is of use only
    /// if it opens one that does not open otherwise; or is that of the newest good one, for which
    /// ``goesOn(from:to:_:_:in:)`` looks.
    ///
    /// - Parameter others: the epochs before it that no wrap opens, the newest first.
    static func lead(
        from index: Int, _ secret: [UInt8], in log: MembershipLog, besides others: some Sequence<Int>,
        _ triesLeft: inout Int
    ) -> Lead? {
        guard index > 0 else { return nil }
        if let lead = cross(from: index, secret, to: index - 1, in: log) { return lead }
        guard Defence.repairsEpochs.stands else { return nil }
        for other in others where other != index - 1 {
            guard triesLeft > 0 else { return nil }
            triesLeft -= 1
            if let lead = cross(from: index, secret, to: other, in: log) { return lead }
        }
        return nil
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

    /// Opens the wrap of an epoch's keys to a device.
    static func unwrap(
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

    /// Opens the key that lies in the record that began an epoch, as that of an earlier one.
    private static func cross(from index: Int, _ secret: [UInt8], to target: Int, in log: MembershipLog) -> Lead? {
        guard let record = log.record(beginning: log.epochs[index].name), let previous = record.previous,
            let beginning = record.beginning
        else { return nil }
        let bridge = KeyBridge(
            suite: log.suite, space: log.space, ending: log.epochs[target].name, previous: previous)
        let next = Array(secret.prefix(SpaceKeys.keyByteCount))
        guard let key = try? bridge.open(beginning.before, under: next), key.count == SpaceKeys.keyByteCount else {
            return nil
        }
        return Lead(target: target, keys: key + secret.suffix(SpaceKeys.keyByteCount))
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
