import SyncClient
import Causality
import Membership
import Sealing
import Synchronization
import Wire

/// The new device's side of pairing with a member.
struct NewcomerPairing: Sendable {
    let place: ServerPlace
    let secret: PairingSecret
    let device: DeviceKeys
    /// The name of this device, for the member.
    let name: String

    /// Sends the claim, and waits for the member and for the user here, in either order.
    ///
    /// - Parameters:
    ///   - keeping: stores the keys of this device. Once the member has the claim it may be admitted, and a device
    ///     that lost its keys could never return.
    ///   - confirming: asks the user.
    /// - Throws: ``JournalError``: `noNetwork`, `refused`, `declined`.
    func run(
        keeping: @escaping @Sendable () throws -> Void, confirming: @escaping Newcomer.Confirmation
    ) async throws -> ClaimedPlace {
        let grant = try await claim(keeping, confirming)
        let log = try await EnrolmentLoop(place: place, device: device).readLog(of: grant.space)
        let isWhole =
            log.space == grant.space && log.records.count >= grant.end.count
            && log.records[grant.end.count - 1].hash == grant.end.head && log.isCurrentMember(device.identity.id)
        guard isWhole else { throw JournalError.notWhole(place.name) }
        return ClaimedPlace(device: device, place: place, log: log, clock: grant.clock)
    }

    private func claim(
        _ keeping: @escaping @Sendable () throws -> Void, _ confirming: @escaping Newcomer.Confirmation
    ) async throws -> PairingGrant {
        let (transcripts, transcript) = AsyncStream.makeStream(of: PairingTranscript.self)
        return try await withThrowingTaskGroup(of: (grant: PairingGrant?, isConfirmed: Bool).self) { group in
            defer { group.cancelAll() }
            group.addTask {
                defer { transcript.finish() }
                let grant = try await grant {
                    try keeping()
                    transcript.yield($0)
                }
                return (grant, false)
            }
            group.addTask {
                for await transcript in transcripts {
                    let isSame = try await confirming(Newcomer(words: transcript.words, name: ""))
                    guard isSame else { throw JournalError.declinedJoining }
                    return (nil, true)
                }
                return (nil, false)  // the other task reports why nothing was claimed
            }
            var (granted, isConfirmed): (PairingGrant?, Bool) = (nil, false)
            for try await result in group {
                granted = result.grant ?? granted
                isConfirmed = result.isConfirmed || isConfirmed
            }
            guard let granted, isConfirmed else { throw CancellationError() }
            return granted
        }
    }

    /// - Parameter claimed: called once the member waits for the claim, before it is sent.
    private func grant(
        _ claimed: @escaping @Sendable (PairingTranscript) throws -> Void
    ) async throws -> PairingGrant {
        guard let slot = Slot(secret.slot) else { preconditionFailure("16 bytes") }
        let said = Mutex<(sealed: [UInt8], keyHash: [UInt8])?>(nil)
        let heard = Mutex<PairingTranscript?>(nil)
        let answer = Mutex<[UInt8]?>(nil)
        try await EnrolmentLoop(place: place, device: device).run { keyHash in
            var generator = SystemRandomNumberGenerator()
            let sealed = PairingClaim(device: device.identity, name: name).sealed(
                under: secret, serverKeyHash: keyHash, using: &generator)
            said.withLock { $0 = (sealed, keyHash) }
            let commitment = PairingClaim.commitment(to: sealed, under: secret, serverKeyHash: keyHash)
            return .claim(slot, commitment, sealed: sealed)
        } report: { report in
            switch report {
            case .replied(let nonce):
                guard let (sealed, keyHash) = said.withLock(\.self) else { break }
                let transcript = try PairingTranscript(
                    of: sealed,
                    committed: PairingClaim.commitment(to: sealed, under: secret, serverKeyHash: keyHash),
                    nonce: nonce.bytes, under: secret, serverKeyHash: keyHash)
                heard.withLock { $0 = transcript }
                try claimed(transcript)
            case .granted(let sealed): answer.withLock { $0 = sealed }
            case .spaces, .read, .accepted: break
            }
            return nil
        }
        guard let transcript = heard.withLock(\.self), let sealed = answer.withLock(\.self),
            let grant = try? PairingGrant(opening: sealed, under: secret, answering: transcript)
        else { throw JournalError.noGrant }
        return grant
    }
}

/// A device that asks to be admitted, as both screens show it.
public struct Newcomer: Hashable, Sendable {
    /// Four words. If both screens show the same, there is no attacker in between.
    public let words: [String]
    /// The name that the other device chose; empty if none.
    public let name: String

    /// Asks the user whether both screens show the same words.
    public typealias Confirmation = @Sendable (Newcomer) async throws -> Bool
}

/// The reports of a ``SyncLoop`` while a device is admitted, in order, and the current state of the connection.
final class PairingReports: Sendable {
    let all: AsyncStream<SyncReport>
    private let new: AsyncStream<SyncReport>.Continuation
    private let isAlive = Mutex(false)

    init() {
        (all, new) = AsyncStream.makeStream()
    }

    /// Whether a device claims a place, over the connection that is still open.
    var isClaimAlive: Bool { isAlive.withLock(\.self) }

    /// Always continues: the reader of the reports decides when to end.
    func note(_ report: SyncReport) async -> Bool {
        switch report {
        case .committed: isAlive.withLock { $0 = true }
        case .offline: isAlive.withLock { $0 = false }
        case .connected, .notice, .claimed, .granted: break
        }
        new.yield(report)
        return true
    }
}
