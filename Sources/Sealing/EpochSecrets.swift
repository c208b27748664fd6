import Causality
import Membership

/// What a device opens of a log: the key of each epoch, and the index key.
///
/// The keys themselves, to be used at once and not kept.
struct EpochSecrets {
    /// Of each epoch of the log, in its order: its key, then the index key; or why there is none.
    private(set) var secrets: [Result<[UInt8], SealingError>]

    /// Opens all that can be opened.
    ///
    /// A wrap goes before what lies sealed under the next epoch: it was made when the epoch began, and not by
    /// somebody who came later. What does not open costs its own epoch only, and those that only it leads to.
    ///
    /// - Throws: ``SealingError/noKeys`` if the log never knew the device.
    init(of log: MembershipLog, openedBy device: DeviceKeys) throws(SealingError) {
        guard let arrival = log.record(adding: device.identity.id) else { throw .noKeys }
        let epochs = log.epochs
        let arrivalEpoch = log.epoch(at: arrival.hash)
        secrets = Array(repeating: .failure(.noKeys), count: epochs.count)
        for (index, epoch) in epochs.enumerated().reversed() {
            guard let record = log.record(beginning: epoch.name) else { continue }
            let source = epoch.name == arrivalEpoch ? arrival : record
            secrets[index] = Self.unwrap(source, of: epoch.name, in: log, with: device)
            guard case .failure = secrets[index], index + 1 < epochs.count,
                case .success(let next) = secrets[index + 1]
            else { continue }
            let bridged = Self.bridge(to: epoch.name, from: epochs[index + 1].name, next, in: log)
            // Why the wrap does not open says more than that there was another way.
            if case .success = bridged { secrets[index] = bridged }
            if case .failure(.noKeys) = secrets[index] { secrets[index] = bridged }
        }
        settleIndexKey()
    }

    /// The keys of the epoch that reigns.
    func current() throws(SealingError) -> [UInt8] {
        guard let last = secrets.last else { throw .noKeys }
        return try last.get()
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

    private static func bridge(
        to epoch: Hash256, from next: Hash256, _ secret: [UInt8], in log: MembershipLog
    ) -> Result<[UInt8], SealingError> {
        guard let record = log.record(beginning: next), let previous = record.previous,
            let beginning = record.beginning
        else { return .failure(.noKeys) }
        let bridge = KeyBridge(suite: log.suite, space: log.space, ending: epoch, previous: previous)
        return Result { () throws(SealingError) in
            let key = try bridge.open(beginning.before, under: Array(secret.prefix(SpaceKeys.keyByteCount)))
            guard key.count == SpaceKeys.keyByteCount else { throw .notOpened }
            return key + secret.suffix(SpaceKeys.keyByteCount)
        }
    }
}

extension MembershipRecord {
    /// The wrap in this record for a device.
    fileprivate func wrap(for device: DeviceID) -> KeyWrap? {
        switch content {
        case .genesis(_, let wrap), .add(_, let wrap): wrap.device == device ? wrap : nil
        case .remove(_, let beginning), .rotate(let beginning): beginning.wraps.first { $0.device == device }
        case .unknown: nil
        }
    }
}
