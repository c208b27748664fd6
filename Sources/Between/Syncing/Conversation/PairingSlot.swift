import Wire

/// The slot by which a member lets a newcomer in, as his conversation keeps it.
struct PairingSlot: Hashable, Sendable {
    /// Nobody claimed it yet.
    private(set) var offered: Slot?
    private var claimed: Slot?
    /// How many `pong` are due, and after how many more of them the grant was brought.
    private(set) var pongsDue = 0
    private var pongsToGrant: Int?

    mutating func offer(_ slot: Slot) { offered = slot }

    /// Somebody brought a claim. Returns whether it was waited for.
    mutating func claimed(_ slot: Slot) -> Bool {
        guard offered == slot else { return false }
        offered = nil
        claimed = slot
        return true
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
