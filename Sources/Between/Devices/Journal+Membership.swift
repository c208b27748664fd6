public import Causality
import Link
import Membership
import Sealing

extension Journal {
    /// Changes who is in the journal, and returns when that stands on the server and here.
    ///
    /// What is written meanwhile, here and elsewhere, is kept: an epoch that ends takes nothing with it that a
    /// remaining device wrote.
    ///
    /// - Throws: ``JournalError``: `noNetwork`, `refused`. Then everything is as it was.
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

    /// Removes a device: it gets nothing from now on, and keeps what it had. The others go on with new keys.
    ///
    /// - Throws: ``JournalError``: `notFound`, `badValue` for this device itself, `noNetwork`, `refused`.
    public func removeDevice(_ id: DeviceID) async throws {
        guard let device = try await devices().first(where: { $0.id == id }) else {
            throw JournalError(.notFound, "There is no device \(id). Nothing was changed.", next: "See: btw device")
        }
        guard !device.isThis else { throw JournalError.removesItself }
        try await change(.remove([id]))
    }

    /// Adds a recovery key: whoever has it, and reaches the server, reads everything.
    ///
    /// It is bound to this journal and to what the server has of it now, so that who recovers enters no other journal,
    /// and notices if some of that is gone. Those that were made before stay valid.
    ///
    /// - Returns: the key as it is printed. It is kept nowhere else.
    /// - Throws: ``JournalError``: `noNetwork`, `refused`. Then there is no such key.
    public func makeRecoveryKey() async throws -> String {
        let access = try access.get()
        guard try await serverPlace() != nil else { throw JournalError.needsServer }
        var generator = SystemRandomNumberGenerator()
        let key = RecoveryKey.random(using: &generator)
        let identity = key.deviceKeys.identity
        // Named before it is there, so that nothing can fail any more once it is; of what is not there no name shows.
        try await nameUnnamedDevice()
        try await nameDevice(Self.recoveryName, of: identity.id)
        try await change(.addKey(key, person: access.person, role: .owner))
        return key.printed
    }
}
