import Causality
import Membership
import Sealing
import Synchronization
import Wire

/// How a newcomer comes by a place in a space: by a member who lets it in.
struct NewcomerPairing: Sendable {
    let place: ServerPlace
    let secret: PairingSecret
    let device: DeviceKeys
    /// What this device is called, for the member.
    let name: String

    /// Claims the place, and waits for the member and for the person here, whoever is the faster.
    ///
    /// - Parameters:
    ///   - keeping: puts the keys of this device on the disk, once it was let in.
    ///   - confirming: asks the person.
    /// - Throws: ``JournalError``: `noNetwork`, `refused`, `declined`.
    func run(keeping: () throws -> Void, confirming: @escaping Newcomer.Confirmation) async throws -> ClaimedPlace {
        let grant = try await claim(confirming)
        try keeping()
        let log = try await ErrandLoop(place: place, device: device).readLog(of: grant.space)
        let isWhole =
            log.space == grant.space && log.records.count >= grant.end.count
            && log.records[grant.end.count - 1].hash == grant.end.head && log.isCurrentMember(device.identity.id)
        guard isWhole else { throw JournalError.notWhole(place.name) }
        return ClaimedPlace(device: device, place: place, log: log, clock: grant.clock)
    }

    private func claim(_ confirming: @escaping Newcomer.Confirmation) async throws -> PairingGrant {
        let (transcripts, transcript) = AsyncStream.makeStream(of: PairingTranscript.self)
        return try await withThrowingTaskGroup(of: PairingGrant?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await grant { transcript.yield($0) } }
            group.addTask {
                for await transcript in transcripts {
                    let isSame = try await confirming(Newcomer(words: transcript.words, name: ""))
                    guard isSame else { throw JournalError.declinedJoining }
                    return nil
                }
                throw CancellationError()
            }
            var granted: PairingGrant?
            while let result = try await group.next() { granted = result ?? granted }
            guard let granted else { throw CancellationError() }
            return granted
        }
    }

    /// - Parameter claimed: told once the member has the claim.
    private func grant(_ claimed: @escaping @Sendable (PairingTranscript) -> Void) async throws -> PairingGrant {
        guard let slot = Slot(secret.slot) else { preconditionFailure("16 bytes") }
        let said = Mutex<PairingTranscript?>(nil)
        let answer = Mutex<[UInt8]?>(nil)
        try await ErrandLoop(place: place, device: device).run { keyHash in
            var generator = SystemRandomNumberGenerator()
            let sealed = PairingClaim(device: device.identity, name: name).sealed(
                under: secret, serverKeyHash: keyHash, using: &generator)
            said.withLock { $0 = PairingTranscript(of: sealed, under: secret, serverKeyHash: keyHash) }
            return .claim(slot, sealed: sealed)
        } report: { report in
            switch report {
            case .claimed: if let transcript = said.withLock(\.self) { claimed(transcript) }
            case .granted(let sealed): answer.withLock { $0 = sealed }
            case .read, .stands: break
            }
            return nil
        }
        guard let transcript = said.withLock(\.self), let sealed = answer.withLock(\.self),
            let grant = try? PairingGrant(opening: sealed, under: secret, answering: transcript)
        else { throw JournalError.noGrant }
        return grant
    }
}
