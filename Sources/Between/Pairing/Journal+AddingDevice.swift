import Causality
import Membership
import Sealing
import Wire

extension Journal {
    /// How long a string of ``addDevice(showing:confirming:)`` is valid.
    static let pairingTime = Duration.seconds(600)

    /// Adds another device of this person, which joins with the shown string.
    ///
    /// - Parameters:
    ///   - showing: called once with the string: anybody who has it may ask to be admitted.
    ///   - confirming: asks the user whether the other screen shows the same words.
    /// - Returns: the name of the device, once it has its keys.
    /// - Throws: ``JournalError``: `noNetwork`, `refused` (also if no device came within ten minutes), `declined`.
    @discardableResult
    public func addDevice(
        showing: @escaping @Sendable (String) async throws -> Void, confirming: @escaping Newcomer.Confirmation
    ) async throws -> String {
        guard let place = try await serverPlace() else { throw JournalError.needsServer }
        var generator = SystemRandomNumberGenerator()
        let replica = try JournalReplica(self)
        let (commands, command) = AsyncStream.makeStream(of: SyncCommand.self)
        let reports = PairingReports()
        let pairing = MemberPairing(
            replica: replica, place: place, secret: .random(using: &generator), name: try await deviceName(),
            commands: command, reports: reports)
        let loop = SyncLoop(
            replica: replica, place: place, invitation: nil, isLive: true, commands: commands,
            report: { await reports.note(await replica.heard($0).report) })
        let name = try await withThrowingTaskGroup(of: PairingClaim?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await loop.run()
                return nil
            }
            group.addTask {
                try await Task.sleep(for: Self.pairingTime)
                throw JournalError.expired
            }
            group.addTask { try await pairing.run(showing: showing, confirming: confirming) }
            while let finished = try await group.next() {
                if let claim = finished { return claim.name }
            }
            throw CancellationError()
        }
        // So that the new device finds both names; if this sync fails, they are sent later like any edit.
        try await sync()
        return name
    }
}
