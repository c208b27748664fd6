public import Causality
import Link
import Membership
import Sealing

extension Journal {
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
            replica: replica, place: place, invitation: nil, isLive: false
        ) { await ledger.note(await replica.heard($0).report) }.run()
        try ledger.check(server: place.endpoint.description)
    }

    /// Removes a device: it receives nothing new, and keeps what it had. The others get new keys.
    ///
    /// - Throws: ``JournalError``: `notFound`, `badValue` for this device itself, `noNetwork`, `refused`.
    public func removeDevice(_ id: DeviceID) async throws {
        guard let device = try await devices().first(where: { $0.id == id }) else {
            throw JournalError(.notFound, "There is no device \(id). Nothing was changed.", next: "See: btw device")
        }
        guard !device.isThis else { throw JournalError.removesItself }
        try await change(.remove([id]))
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
        return key.printed
    }
}
