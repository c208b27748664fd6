public import Causality
import Link
import Membership
import Records
import ReplicaStore
import Sealing

extension JournalSpace {
    /// The current devices of the journal: this one first, then by name.
    public func devices() async throws -> [Device] {
        let access = try access.get()
        let synced = try await lastSync().flatMap { Timestamp($0) }
        let devices = try await read { reader, space in
            let heard = try reader.lastTimes(in: space)
            return try access.membership(reader, in: space).log.members.map { member in
                let isThis = member.device.id == access.device.identity.id
                return Device(
                    member, try DeviceDescription(of: member.device.id, reader, space, access), isThis: isThis,
                    lastSync: isThis ? synced : nil, heard: heard[member.device.signingKey])
            }
        }
        return devices.sorted { left, right in
            guard left.isThis == right.isThis else { return left.isThis }
            return (left.name ?? "", left.id) < (right.name ?? "", right.id)
        }
    }

    /// Names a device. The server does not learn the name.
    ///
    /// - Parameters:
    ///   - name: cut to 64 bytes, and to printable characters; ignored if nothing is left.
    ///   - device: `nil` for this one. A device may be named before it is added.
    /// - Returns: whether the name changed.
    @discardableResult
    public func nameDevice(_ name: String, of device: DeviceID? = nil) async throws -> Bool {
        let name = PairingName.cut(name)
        guard !name.isEmpty else { return false }
        return try await write { transaction in
            try transaction.name(device ?? transaction.access.device.identity.id, name)
        }
    }

    /// The name of this device: the one that was given to it, or else the host name.
    public func deviceName() async throws -> String { try await givenName() ?? HostName.current }

    /// Names this device after the host, unless it has a name, so that devices that are added later see one.
    func nameUnnamedDevice() async throws {
        if try await givenName() == nil { try await nameDevice(HostName.current) }
    }

    private func givenName() async throws -> String? {
        guard case .success(let access) = access else { return nil }
        return try await read { try DeviceDescription(of: access.device.identity.id, $0, $1, access).name }
    }
}

// MARK: - Membership

extension JournalSpace {
    /// Appends a membership record, and returns when it is in the log on the server and here.
    ///
    /// Concurrent writes of remaining devices are kept, here and elsewhere, also if the record ends an epoch.
    ///
    /// - Throws: ``JournalError``: `noNetwork`, `refused`. Then nothing was changed.
    func change(_ request: RecordRequest) async throws {
        guard let place = try await serverPlace() else { throw JournalError.needsServer }
        let replica = try JournalReplica(self)
        replica.request = request
        let ledger = RecordLedger(endsEpoch: request.endsEpoch)
        try await SyncLoop(
            replicas: [replica], place: place, invitation: nil, isLive: false
        ) { await ledger.note(await replica.heard($1).report) }.run()
        try ledger.check(server: place.endpoint.description)
    }

    /// Removes a device: it receives nothing new, and keeps what it had. The others get new keys.
    ///
    /// - Throws: ``JournalError``: `notFound`, `badValue` for this device itself, `noNetwork`, `refused`.
    public func removeDevice(_ id: DeviceID) async throws { try await removeDevices([id]) }

    /// Removes devices as ``removeDevice(_:)`` does one, with one record: all of them or none.
    public func removeDevices(_ ids: [DeviceID]) async throws {
        let devices = try await devices()
        for id in ids {
            guard let device = devices.first(where: { $0.id == id }) else {
                throw JournalError(.notFound, "There is no device \(id). Nothing was changed.", next: "See: btw device")
            }
            guard !device.isThis else { throw JournalError.removesItself }
        }
        guard !ids.isEmpty else { return }
        try await change(.remove(ids))
    }

    /// The devices and recovery keys that came in through a device: those that it added, and that these added.
    ///
    /// Never this device, nor what came in through it.
    public func devicesAdded(by id: DeviceID) async throws -> [DeviceID] {
        let access = try access.get()
        let log = try await read { try access.membership($0, in: $1).log }
        let authors = log.members.map { member in
            (device: member.device.id, author: log.record(adding: member.device.id)?.author)
        }
        var added: [DeviceID] = []
        var next = [id]
        while let author = next.popLast() {
            for device in authors.filter({ $0.author == author }).map(\.device)
            where device != access.device.identity.id && device != id && !added.contains(device) {
                added.append(device)
                next.append(device)
            }
        }
        return added
    }

    /// Adds a recovery key: anybody who has it, and reaches the server, can read everything.
    ///
    /// The key is bound to this journal and to the server's current state of it, so that recovery enters no other
    /// journal, and detects if some of that state is missing. Earlier keys stay valid.
    ///
    /// - Returns: the key as it is printed. It is stored nowhere else.
    /// - Throws: ``JournalError``: `noNetwork`, `refused`. Then no key was added.
    public func makeRecoveryKey() async throws -> String {
        let access = try access.get()
        guard try await serverPlace() != nil else { throw JournalError.needsServer }
        var generator = SystemRandomNumberGenerator()
        let key = RecoveryKey.random(using: &generator)
        let identity = key.deviceKeys.identity
        // Named before it is added, so that nothing can fail afterwards; the name of a device that does not exist is
        // not shown.
        try await nameUnnamedDevice()
        try await nameDevice(Self.recoveryName, of: identity.id)
        try await change(.addKey(key, person: access.person, role: .owner))
        // What an earlier key had announced and nobody has any more is given up.
        try await change { try $0.set(Journal.promisedSetting, to: nil, of: $1) }
        return key.printed
    }
}
