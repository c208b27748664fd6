import Causality
import Wire

/// The pairings in progress: a slot can be claimed once, within its lifetime of ten minutes.
package struct SlotTable: Sendable {
    private enum Step {
        case offered, claimed, replied, revealed
    }

    private struct Entry {
        let member: ConnectionID
        let device: DeviceID
        let until: ContinuousClock.Instant
        var step = Step.offered
        var stranger: ConnectionID?
    }

    private var entries: [Slot: Entry] = [:]

    package init() {}

    /// A member offers a slot. Returns whether there was room for it.
    mutating func offer(
        _ slot: Slot, by member: ConnectionID, _ device: DeviceID, now: ContinuousClock.Instant,
        _ limits: ServingLimits
    ) -> Bool {
        entries = entries.filter { $0.value.until > now }
        guard entries[slot] == nil,
            entries.values.count(where: { $0.device == device }) < limits.slotsPerDeviceMax
        else { return false }
        entries[slot] = Entry(member: member, device: device, until: now + limits.slotLifetime)
        return true
    }

    /// A newcomer claims a slot, which cannot be claimed again. Returns the member that offered it.
    mutating func claim(_ slot: Slot, by stranger: ConnectionID, now: ContinuousClock.Instant) -> ConnectionID? {
        guard let entry = entries[slot], entry.until > now, entry.step == .offered else { return nil }
        entries[slot]?.stranger = stranger
        entries[slot]?.step = .claimed
        return entry.member
    }

    /// The member replies to the claim. Returns the newcomer, once.
    mutating func reply(_ slot: Slot, by member: ConnectionID) -> ConnectionID? {
        guard let entry = entries[slot], entry.member == member, entry.step == .claimed else { return nil }
        entries[slot]?.step = .replied
        return entry.stranger
    }

    /// The newcomer reveals the claim. Returns the member, once.
    mutating func reveal(_ slot: Slot, by stranger: ConnectionID) -> ConnectionID? {
        guard let entry = entries[slot], entry.stranger == stranger, entry.step == .replied else { return nil }
        entries[slot]?.step = .revealed
        return entry.member
    }

    /// The member grants the claim. Returns the newcomer, once.
    mutating func grant(_ slot: Slot, by member: ConnectionID) -> ConnectionID? {
        guard let entry = entries[slot], entry.member == member, entry.step == .revealed else { return nil }
        entries[slot] = nil
        return entry.stranger
    }

    /// Removes the slots of a connection that ended. Returns the connections that wait for it in vain: newcomers, and
    /// members that have not got a revealed claim. A member with a revealed claim learns of it with the grant.
    mutating func leave(_ id: ConnectionID) -> [ConnectionID] {
        let left = entries.values.compactMap { entry -> ConnectionID? in
            if entry.member == id { return entry.stranger }
            return entry.stranger == id && entry.step != .revealed ? entry.member : nil
        }
        entries = entries.filter { $0.value.member != id && $0.value.stranger != id }
        return left
    }
}
