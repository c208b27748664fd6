package import Causality
package import Wire

/// A member's offer to a new device: the slot, and the nonce that replies to its commitment, fresh for this pairing.
package struct PairingOffer: Hashable, Sendable {
    package let slot: Slot
    package let nonce: Nonce

    package init(_ slot: Slot, _ nonce: Nonce) {
        self.slot = slot
        self.nonce = nonce
    }
}

/// A received claim: the commitment, the nonce that replied to it, and the revealed claim. ``PairingTranscript``
/// checks that they match.
package struct BroughtClaim: Hashable, Sendable {
    package let commitment: Hash256
    package let nonce: Nonce
    package let sealed: [UInt8]

    package init(commitment: Hash256, nonce: Nonce, sealed: [UInt8]) {
        self.commitment = commitment
        self.nonce = nonce
        self.sealed = sealed
    }
}

/// The state of the slot by which a member admits a new device.
struct PairingSlot: Hashable, Sendable {
    private struct Commitment: Hashable {
        let offer: PairingOffer
        let hash: Hash256
    }

    /// Not claimed yet.
    private(set) var offered: PairingOffer?
    /// Committed, and not revealed yet.
    private var committed: Commitment?
    private var claimed: Slot?
    /// The number of outstanding `pong`s, and after how many of them the grant counts as delivered.
    private(set) var pongsDue = 0
    private var pongsToGrant: Int?

    mutating func offer(_ offer: PairingOffer) { offered = offer }

    /// Handles a commitment. Returns the nonce to reply; `nil` if none was expected. The reply is sent only once: a
    /// device that saw another nonce could retry until the words suit it.
    mutating func committed(_ slot: Slot, _ hash: Hash256) -> Nonce? {
        guard let offer = offered, offer.slot == slot else { return nil }
        offered = nil
        committed = Commitment(offer: offer, hash: hash)
        return offer.nonce
    }

    /// Handles a revealed claim. Returns the whole transcript; `nil` if there was no commitment.
    mutating func revealed(_ slot: Slot, _ sealed: [UInt8]) -> BroughtClaim? {
        guard let commitment = committed, commitment.offer.slot == slot else { return nil }
        committed = nil
        claimed = slot
        return BroughtClaim(commitment: commitment.hash, nonce: commitment.offer.nonce, sealed: sealed)
    }

    /// The slot to which to send the grant, followed by a `ping`; `nil` if nobody claimed, or it was sent before.
    mutating func grant() -> Slot? {
        guard let slot = claimed else { return nil }
        claimed = nil
        pinged()
        pongsToGrant = pongsDue
        return slot
    }

    mutating func pinged() { pongsDue += 1 }

    /// Handles a `pong`. The server answers in order and would have refused the grant before, so the `pong` after it
    /// confirms delivery; returns whether this is that one.
    mutating func ponged() -> Bool {
        guard pongsDue > 0 else { return false }
        pongsDue -= 1
        guard let left = pongsToGrant else { return false }
        pongsToGrant = left > 1 ? left - 1 : nil
        return left == 1
    }
}
