import CanonicalJSON
public import Causality

/// Makes records. The caller's functions seal the keys and sign, so this module needs no private key;
/// ``MembershipLog/append(_:)`` decides whether a log accepts the record.
extension MembershipRecord {
    /// Makes the record that begins a space.
    ///
    /// - Parameters:
    ///   - genesis: the content.
    ///   - wrapping: seals the first keys to the device; gets the hash of the body.
    ///   - signing: signs for the device; gets the statement.
    /// - Returns: the record, with which to begin a ``MembershipLog``.
    /// - Throws: the error of `wrapping`.
    public static func genesis<Failure>(
        _ genesis: Genesis, wrapping: (Hash256) throws(Failure) -> [UInt8], signing: (SignedStatement) -> [UInt8]
    ) throws(Failure) -> MembershipRecord {
        let body = genesis.json
        let wrap = KeyWrap(device: genesis.device.id, sealed: try wrapping(hash(ofBody: body)))
        precondition(wrap.sealed.count == genesis.suite.wrapByteCount, "a wrap of \(wrap.sealed.count) bytes")
        return signed(body, [wrap], .genesis(genesis, wrap), after: nil, by: genesis.device.id, signing)
    }

    /// Makes a record that adds a device.
    ///
    /// - Parameters:
    ///   - member: the device with its person.
    ///   - log: the log to whose head the record is to be appended.
    ///   - author: the device that signs.
    ///   - wrapping: seals the keys of the given epoch, the current one, to a device.
    ///   - signing: signs for the author; gets the statement.
    /// - Throws: the error of `wrapping`.
    public static func add<Failure>(
        _ member: MembershipLog.Member, to log: MembershipLog, by author: DeviceID,
        wrapping: (Hash256, DeviceIdentity) throws(Failure) -> [UInt8], signing: (SignedStatement) -> [UInt8]
    ) throws(Failure) -> MembershipRecord {
        let wrap = KeyWrap(device: member.device.id, sealed: try wrapping(log.epoch, member.device))
        let body = addBody(member, after: log.head, by: author)
        return signed(body, [wrap], .add(member, wrap), after: log.head, by: author, signing)
    }

    /// Makes a record that removes devices, and so begins an epoch.
    ///
    /// - Parameters:
    ///   - devices: at least one.
    ///   - log: the log to whose head the record is to be appended.
    ///   - cut: the frontier of what its author holds.
    ///   - before: the key of the ending epoch, sealed under the new one.
    ///   - author: the device that signs.
    ///   - wrapping: seals the keys of the new epoch, whose name it gets, to a device; called for each that remains,
    ///     ascending.
    ///   - signing: signs for the author; gets the statement.
    /// - Throws: the error of `wrapping`.
    public static func remove<Failure>(
        _ devices: some Sequence<DeviceID>, from log: MembershipLog, cut: Frontier, before: [UInt8],
        by author: DeviceID, wrapping: (Hash256, DeviceIdentity) throws(Failure) -> [UInt8],
        signing: (SignedStatement) -> [UInt8]
    ) throws(Failure) -> MembershipRecord {
        let removed = Set(devices)
        let devices = removed.sorted()
        let body = removeBody(devices, cut: cut, before: before, after: log.head, by: author)
        let wraps = try wraps(for: log.recipients(without: removed), of: hash(ofBody: body), wrapping)
        let beginning = EpochBeginning(cut: cut, before: before, wraps: wraps)
        return signed(body, wraps, .remove(devices, beginning), after: log.head, by: author, signing)
    }

    /// Makes a record that begins an epoch with the same devices.
    ///
    /// - Parameters: as for ``remove(_:from:cut:before:by:wrapping:signing:)``.
    /// - Throws: the error of `wrapping`.
    public static func rotate<Failure>(
        _ log: MembershipLog, cut: Frontier, before: [UInt8], by author: DeviceID,
        wrapping: (Hash256, DeviceIdentity) throws(Failure) -> [UInt8], signing: (SignedStatement) -> [UInt8]
    ) throws(Failure) -> MembershipRecord {
        let body = rotateBody(cut: cut, before: before, after: log.head, by: author)
        let wraps = try wraps(for: log.recipients(without: []), of: hash(ofBody: body), wrapping)
        let beginning = EpochBeginning(cut: cut, before: before, wraps: wraps)
        return signed(body, wraps, .rotate(beginning), after: log.head, by: author, signing)
    }

    /// Makes a record with which devices of the author's own person leave. It begins no epoch.
    ///
    /// - Parameters:
    ///   - devices: at least one.
    ///   - log: the log to whose head the record is to be appended.
    ///   - author: the device that signs.
    ///   - signing: signs for the author; gets the statement.
    public static func leave(
        _ devices: some Sequence<DeviceID>, of log: MembershipLog, by author: DeviceID,
        signing: (SignedStatement) -> [UInt8]
    ) -> MembershipRecord {
        let devices = Set(devices).sorted()
        let body = leaveBody(devices, after: log.head, by: author)
        return signed(body, [], .leave(devices), after: log.head, by: author, signing)
    }

    /// Makes a record that raises the bounds of removed devices' feeds.
    ///
    /// - Parameters:
    ///   - ends: see ``MembershipLog/owedRaise(of:)``.
    ///   - log: the log to whose head the record is to be appended.
    ///   - author: the device that signs, an owner's.
    ///   - signing: signs for the author; gets the statement.
    public static func raise(
        _ ends: Frontier, in log: MembershipLog, by author: DeviceID, signing: (SignedStatement) -> [UInt8]
    ) -> MembershipRecord {
        let body = raiseBody(ends, after: log.head, by: author)
        return signed(body, [], .raise(ends), after: log.head, by: author, signing)
    }

    private static func wraps<Failure>(
        for devices: [DeviceIdentity], of epoch: Hash256,
        _ wrapping: (Hash256, DeviceIdentity) throws(Failure) -> [UInt8]
    ) throws(Failure) -> [KeyWrap] {
        var wraps: [KeyWrap] = []
        for device in devices { wraps.append(KeyWrap(device: device.id, sealed: try wrapping(epoch, device))) }
        return wraps
    }

    private static func signed(
        _ body: JSONValue, _ wraps: [KeyWrap], _ content: Content, after previous: Hash256?, by author: DeviceID,
        _ signing: (SignedStatement) -> [UInt8]
    ) -> MembershipRecord {
        let wraps = JSONValue.array(wraps.map(\.json))
        let signature = signing(.record(hash(hash(ofBody: body), wraps)))
        return MembershipRecord(
            body: body, wraps: wraps, signature: signature, content: content, previous: previous, author: author)
    }
}
