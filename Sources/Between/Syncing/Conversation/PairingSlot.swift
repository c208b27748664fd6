package import Causality
package import Wire

/// What a member offers to a newcomer: the slot, and what is replied to who commits himself, drawn for this pairing.
package struct PairingOffer: Hashable, Sendable {
    package let slot: Slot
    package let nonce: Nonce

    package init(_ slot: Slot, _ nonce: Nonce) {
        self.slot = slot
        self.nonce = nonce
    }
}

/// What a newcomer brought: what it committed itself to, what was replied to that, and the claim that it showed then.
/// Whether they go together says ``PairingTranscript``.
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

/// The slot by which a member lets a newcomer in, as his conversation keeps it.
struct PairingSlot: Hashable, Sendable {
    private struct Commitment: Hashable {
        let offer: PairingOffer
        let hash: Hash256
    }

    /// Nobody claimed it yet.
    private(set) var offered: PairingOffer?
    /// Somebody committed himself, and has not shown his claim.
    private var committed: Commitment?
    private var claimed: Slot?
    /// How many `pong` are due, and after how many more of them the grant was brought.
    private(set) var pongsDue = 0
    private var pongsToGrant: Int?

    mutating func offer(_ offer: PairingOffer) { offered = offer }

    /// Somebody committed himself to a claim. Returns what to reply; `nil` if it was not waited for. It is said once:
    /// who could see another nonce could try until the words come out as he likes.
    mutating func committed(_ slot: Slot, _ hash: Hash256) -> Nonce? {
        guard let offer = offered, offer.slot == slot else { return nil }
        offered = nil
        committed = Commitment(offer: offer, hash: hash)
        return offer.nonce
    }

    /// The claim is shown. Returns all that was said of it; `nil` if nobody committed himself to one.
    mutating func revealed(_ slot: Slot, _ sealed: [UInt8]) -> BroughtClaim? {
        guard let commitment = committed, commitment.offer.slot == slot else { return nil }
        committed = nil
        claimed = slot
        return BroughtClaim(commitment: commitment.hash, nonce: commitment.offer.nonce, sealed: sealed)
    }

    /// Returns where to send the grant, which a `ping` follows; `nil` if nobody claimed, or it was sent before.
    mutating func grant() -> Slot? {
        guard let slot = claimed else { return nil }
        claimed = nil
        pinged()
        pongsToGrant = pongsDue
        return slot
    }

    mutating func pinged() { pongsDue += 1 }

    /// A `pong` came. The server answers in order and would have refused the grant before, so by the one that
    /// follows it the grant was brought; returns whether this is that one.
    mutating func ponged() -> Bool {
        guard pongsDue > 0 else { return false }
        pongsDue -= 1
        guard let left = pongsToGrant else { return false }
        pongsToGrant = left > 1 ? left - 1 : nil
        return left == 1
    }
}
