import SyncClient
import Causality
import Link
import Membership
import Sealing
import Wire

/// The member's side of admitting a new device, step by step, while a ``SyncLoop`` runs beside it.
struct MemberPairing: Sendable {
    let replica: JournalReplica
    let place: ServerPlace
    let secret: PairingSecret
    /// The name of this device, for the new one.
    let name: String
    let commands: AsyncStream<SyncCommand>.Continuation
    let reports: PairingReports

    /// Runs the steps.
    ///
    /// - Parameters:
    ///   - showing: called with the string, once the server accepts claims for it.
    ///   - confirming: asks the user.
    /// - Returns: the claim of the device that now has its keys.
    func run(
        showing: @Sendable (String) async throws -> Void,
        confirming: Newcomer.Confirmation
    ) async throws -> PairingClaim {
        guard let slot = Slot(secret.slot) else { preconditionFailure("16 bytes") }
        // Generated once: a device that commits to a claim sees it, and cannot try again.
        commands.yield(.offer(PairingOffer(slot, .random())))
        _ = try await next(mayWait: false) { $0 == .notice(.upToDate) || $0 == .notice(.unsettled) ? true : nil }
        try await showing(try string())

        _ = try await next { $0 == .committed ? true : nil }
        let (brought, keyHash) = try await next(isClaimed: true) { report in
            if case .claimed(let claim, let keyHash) = report { (claim, keyHash) } else { nil }
        }
        let claim: PairingClaim
        let transcript: PairingTranscript
        do {
            transcript = try PairingTranscript(
                of: brought.sealed, committed: brought.commitment, nonce: brought.nonce.bytes, under: secret,
                serverKeyHash: keyHash)
            claim = try PairingClaim(opening: brought.sealed, under: secret, serverKeyHash: keyHash)
        } catch { throw JournalError.noClaim }
        guard try await confirming(Newcomer(words: transcript.words, name: claim.name)) else {
            throw JournalError.declined
        }
        guard reports.isClaimAlive else { throw JournalError.newcomerGone }

        // Named before it is added, so that it has a name in the list whatever happens next.
        try await replica.journal.nameUnnamedDevice()
        try await replica.journal.nameDevice(claim.name, of: claim.device.id)
        try await add(claim.device, transcript)
        return claim
    }

    /// Adds the device to the log, and sends it the grant.
    private func add(_ device: DeviceIdentity, _ transcript: PairingTranscript) async throws {
        let (person, role) = try await whose()
        commands.yield(.record(.add(device, person: person, role: role)))
        let refusal = try await next(isClaimed: true) { report -> ErrorCode?? in
            switch report {
            case .notice(.recordAccepted): .some(nil)
            case .notice(.recordRefused(let code)): code
            default: nil
            }
        }
        if let refusal { throw JournalError.recordRefused(refusal.rawValue, place.name) }
        var generator = SystemRandomNumberGenerator()
        let grant = try await grant(person, role)
        commands.yield(.grant(grant.sealed(under: secret, answering: transcript, using: &generator)))
        _ = try await next(isClaimed: true) { $0 == .granted ? true : nil }
    }

    /// Waits for a report that matches.
    ///
    /// - Parameters:
    ///   - mayWait: whether to wait for a server that cannot be reached.
    ///   - isClaimed: whether a new device waits at the other end of the connection.
    private func next<T>(
        mayWait: Bool = true, isClaimed: Bool = false, _ match: (SyncReport) -> T?
    ) async throws -> T {
        let server = place.name
        for await report in reports.all {
            if let found = match(report) { return found }
            switch report {
            case .offline where isClaimed: throw JournalError.newcomerGone
            case .offline(let code, let problem):
                let error = JournalError.lost(code, problem, server)
                if error.code != .noNetwork || !mayWait { throw error }
            case .notice(.unproved): throw JournalError.unproved(server)
            case .notice(.flooded): throw JournalError.flooded(server)
            case .notice(.spaceStopped(let code)): throw JournalError.refused(code.rawValue, server)
            case .connected, .notice, .committed, .claimed, .granted: continue
            }
        }
        throw CancellationError()
    }

    private func string() throws -> String {
        let string = ConnectString(
            kind: .pairing, address: place.name, pin: place.pin.bytes, secret: secret.bytes)
        guard let string else { throw JournalError.needsServer }
        return string.text(Hash256.sha256)
    }

    /// A new device belongs to the same person, with the same role.
    private func whose() async throws -> (PersonID, Role) {
        let membership = try await replica.membership()
        guard let member = membership.member else { throw JournalError.refused("removed", place.name) }
        return (member.person, member.role)
    }

    private func grant(_ person: PersonID, _ role: Role) async throws -> PairingGrant {
        let log = try await replica.membership().log
        guard case .frontier(let clock) = try await replica.answer(.frontier) else {
            preconditionFailure("a clock is answered with a clock")
        }
        return PairingGrant(
            space: replica.space, end: PairingGrant.LogEnd(of: log), clock: clock, person: person, role: role,
            name: name)
    }
}
