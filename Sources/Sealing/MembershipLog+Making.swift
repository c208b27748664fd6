public import Causality
public import Membership

/// Records that follow the head. A device that cannot open the current epoch adds none, and begins a new one.
///
/// Whether the author may do this, ``MembershipLog/append(_:)`` says; append to a copy
/// before the record is sent. Store it durably before anything is sealed in an epoch that
/// it begins: the keys are in it, and nowhere else. Who loses the race for the head
/// makes the record again from the log that won.
extension MembershipLog {
    /// Makes the record that adds a device, and hands it the keys.
    ///
    /// - Parameters:
    ///   - device: the device that comes.
    ///   - person: whose it is.
    ///   - role: the person's; see ``MembershipError/wrongRole``.
    ///   - isRecovery: whether it is a ``RecoveryKey``'s, as earlier versions added them: bound to nothing.
    ///   - author: the device that adds it.
    /// - Throws: ``SealingError/noKeys`` or ``SealingError/notOpened`` if the author cannot open the keys,
    ///   ``SealingError/unusableKey`` if the device has a key that is none.
    public func adding(
        device: DeviceIdentity, person: PersonID, role: Role, isRecovery: Bool = false, by author: DeviceKeys
    ) throws(SealingError) -> MembershipRecord {
        try adding(Member(person: person, role: role, device: device, isRecovery: isRecovery), by: author)
    }

    /// Makes the record that adds a recovery key, bound to this space and this head.
    ///
    /// - Parameters:
    ///   - key: the key that is printed.
    ///   - clock: what the author holds of the space and knows the server to hold; whoever recovers sees whether it
    ///     is still there. A log takes ``MembershipLimits/cutRowsMax`` rows at most.
    ///   - author: the device that adds it.
    /// - Throws: as ``adding(device:person:role:isRecovery:by:)``.
    public func adding(
        _ key: RecoveryKey, person: PersonID, role: Role, holding clock: Frontier, by author: DeviceKeys
    ) throws(SealingError) -> MembershipRecord {
        let binding = key.binding(to: self, person: person, role: role, holding: clock, by: author.identity.id)
        let device = key.deviceKeys.identity
        return try adding(
            Member(person: person, role: role, device: device, isRecovery: true, binding: binding), by: author)
    }

    private func adding(_ member: Member, by author: DeviceKeys) throws(SealingError) -> MembershipRecord {
        let secret = try EpochSecrets(of: self, openedBy: author).current()
        return try MembershipRecord.add(member, to: self, by: author.identity.id) {
            (epoch, device) throws(SealingError) in
            try wrap(secret, of: epoch, to: device)
        } signing: {
            author.signature(of: $0)
        }
    }

    /// Makes the record that removes devices: it draws a key for the epoch that begins, and hands it to the others.
    ///
    /// - Parameters:
    ///   - devices: at least one.
    ///   - cut: what the author holds of the space; everything else of the epoch that ends is late.
    ///   - author: the device that removes them. One that removes itself knows the key that it draws.
    ///   - generator: the system's, or one as good.
    /// - Throws: as ``adding(device:person:role:isRecovery:by:)``.
    public func removing(
        _ devices: [DeviceID], cut: Frontier, by author: DeviceKeys, using generator: inout some RandomNumberGenerator
    ) throws(SealingError) -> MembershipRecord {
        let next = try NextKeys(of: self, by: author, using: &generator)
        return try MembershipRecord.remove(
            devices, from: self, cut: cut, before: next.before, by: author.identity.id
        ) { (epoch, device) throws(SealingError) in
            try wrap(next.secret, of: epoch, to: device)
        } signing: {
            author.signature(of: $0)
        }
    }

    /// Makes the record that draws a new key, and hands it to all.
    ///
    /// - Parameters: as for ``removing(_:cut:by:using:)``.
    /// - Throws: as ``adding(device:person:role:isRecovery:by:)``.
    public func rotating(
        cut: Frontier, by author: DeviceKeys, using generator: inout some RandomNumberGenerator
    ) throws(SealingError) -> MembershipRecord {
        let next = try NextKeys(of: self, by: author, using: &generator)
        return try MembershipRecord.rotate(self, cut: cut, before: next.before, by: author.identity.id) {
            (epoch, device) throws(SealingError) in
            try wrap(next.secret, of: epoch, to: device)
        } signing: {
            author.signature(of: $0)
        }
    }

    /// Makes the record by which devices of the author's person go.
    ///
    /// - Parameter devices: at least one.
    public func leaving(_ devices: [DeviceID], by author: DeviceKeys) -> MembershipRecord {
        MembershipRecord.leave(devices, of: self, by: author.identity.id) { author.signature(of: $0) }
    }

    /// Makes the record that raises feeds of devices that went; see ``owedRaise(of:)``.
    public func raising(_ ends: Frontier, by author: DeviceKeys) -> MembershipRecord {
        MembershipRecord.raise(ends, in: self, by: author.identity.id) { author.signature(of: $0) }
    }

    private func wrap(
        _ secret: [UInt8], of epoch: Hash256, to device: DeviceIdentity
    ) throws(SealingError) -> [UInt8] {
        try WrapPlace(suite: suite, space: space, epoch: epoch, recipient: device, previous: head).wrap(secret)
    }
}

/// A key that was drawn for the epoch to come, with the index key handed on and the newest good key sealed under it.
private struct NextKeys {
    let secret: [UInt8]
    let before: [UInt8]

    init(
        of log: MembershipLog, by author: DeviceKeys, using generator: inout some RandomNumberGenerator
    ) throws(SealingError) {
        let newest = try EpochSecrets(of: log, openedBy: author).newest()
        let key = generator.bytes(SpaceKeys.keyByteCount)
        secret = key + newest.keys.suffix(SpaceKeys.keyByteCount)
        let bridge = KeyBridge(
            suite: log.suite, space: log.space, ending: log.epochs[newest.index].name, previous: log.head)
        before = bridge.seal(Array(newest.keys.prefix(SpaceKeys.keyByteCount)), under: key, using: &generator)
    }
}
