import Causality
import Crypto
import Foundation
import Membership
import Sealing
import TestSupport

/// Two devices that pair, and the messages that the server relays.
struct PairingMeeting {
    let secret: PairingSecret
    let serverKeyHash: [UInt8]
    let newcomer: DeviceKeys
    let claim: PairingClaim
    /// The sealed claim.
    let sealed: [UInt8]
    /// The commitment, which is sent first.
    let commitment: Hash256
    /// The member's reply.
    let nonce: [UInt8]
    let transcript: PairingTranscript
    var generator: SeededGenerator

    init(seed: Int, name: String = "Sam’s laptop") {
        generator = SeededGenerator(seed: seed)
        secret = PairingSecret.random(using: &generator)
        serverKeyHash = generator.bytes(32)
        newcomer = DeviceKeys.random(using: &generator)
        claim = PairingClaim(device: newcomer.identity, name: name)
        sealed = claim.sealed(under: secret, serverKeyHash: serverKeyHash, using: &generator)
        commitment = PairingClaim.commitment(to: sealed, under: secret, serverKeyHash: serverKeyHash)
        nonce = generator.bytes(32)
        guard
            let transcript = try? PairingTranscript(
                of: sealed, committed: commitment, nonce: nonce, under: secret, serverKeyHash: serverKeyHash)
        else { preconditionFailure("a claim that was committed to") }
        self.transcript = transcript
    }

    /// The transcript of a claim at the member, which got its commitment before.
    func transcript(
        of claim: [UInt8], nonce: [UInt8]? = nil, under secret: PairingSecret? = nil, serverKeyHash: [UInt8]? = nil
    ) throws -> PairingTranscript {
        let (secret, hash) = (secret ?? self.secret, serverKeyHash ?? self.serverKeyHash)
        return try PairingTranscript(
            of: claim, committed: PairingClaim.commitment(to: claim, under: secret, serverKeyHash: hash),
            nonce: nonce ?? self.nonce, under: secret, serverKeyHash: hash)
    }

    /// A grant with this many feeds, everything else random.
    mutating func grant(feeds: Int, n: ClosedRange<Int> = 1...Dot.nMax, name: String = "Phone") throws -> PairingGrant {
        var clock = Frontier()
        for _ in 0..<feeds {
            let dot = Dot(ReplicaID(bits: generator.next()), Int.random(in: n, using: &generator))
            clock.advance(to: Tip(dot, .sha256(generator.bytes(8))))
        }
        guard let end = PairingGrant.LogEnd(count: 3, head: .sha256(generator.bytes(8))) else { throw Oddity() }
        return PairingGrant(
            space: SpaceID(bits: .random(using: &generator)), end: end, clock: clock,
            person: .random(using: &generator), role: .owner, name: name)
    }

    func opened(_ claim: [UInt8]) throws(SealingError) -> PairingClaim {
        try PairingClaim(opening: claim, under: secret, serverKeyHash: serverKeyHash)
    }

    func opened(grant: [UInt8]) throws(SealingError) -> PairingGrant {
        try PairingGrant(opening: grant, under: secret, answering: transcript)
    }

    /// Seals arbitrary content as a claim, as an attacker with the secret could.
    func forgedClaim(_ content: some Sequence<UInt8>) throws -> [UInt8] {
        var place = CanonicalBytes(label: "between pairing claim 1")
        place.append(secret.slot)
        place.append(serverKeyHash)
        return try seal(Array(content), CanonicalBytes(label: "between pairing claim key 1"), place)
    }

    /// Seals arbitrary content as a grant.
    func forgedGrant(_ content: some Sequence<UInt8>) throws -> [UInt8] {
        var info = CanonicalBytes(label: "between pairing grant key 1")
        info.append(transcript.hash)
        var place = CanonicalBytes(label: "between pairing grant 1")
        place.append(secret.slot)
        place.append(transcript.hash)
        return try seal(Array(content), info, place)
    }

    private func seal(_ content: [UInt8], _ info: CanonicalBytes, _ place: CanonicalBytes) throws -> [UInt8] {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret.bytes), info: info.bytes, outputByteCount: 32)
        return Array(
            try ChaChaPoly.seal(BoxPadding.padded(content), using: key, authenticating: place.bytes).combined)
    }

    struct Oddity: Error {}
}

/// Helpers for claims and grants.
enum PairingSealed {
    /// All kinds of damage to sealed bytes: a flipped bit, a byte less, more bytes.
    static func damaged(_ sealed: [UInt8]) -> [[UInt8]] {
        Array(sealed.flips) + (0..<sealed.count).map { Array(sealed[..<$0]) }
            + [sealed + [0], sealed + sealed, Array(sealed.dropFirst()), [UInt8](repeating: 0, count: 1 << 16)]
    }
}
