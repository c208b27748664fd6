import Causality
import Wire

/// Who waits for whom while devices pair: a slot is good once, and for ten minutes.
struct SlotTable {
    private struct Entry {
        let member: Hub.ConnectionID
        let device: DeviceID
        let until: ContinuousClock.Instant
        var stranger: Hub.ConnectionID?
    }

    private var entries: [Slot: Entry] = [:]
    /// How many claims each connection made that nobody had offered.
    private var misses: [Hub.ConnectionID: Int] = [:]

    /// A member waits for a claim to this slot. Returns whether there was room for that.
    mutating func offer(
        _ slot: Slot, by member: Hub.ConnectionID, _ device: DeviceID, now: ContinuousClock.Instant,
        _ limits: ServingLimits
    ) -> Bool {
        entries = entries.filter { $0.value.until > now }
        guard entries[slot] == nil,
            entries.values.count(where: { $0.device == device }) < limits.slotsPerDeviceMax
        else { return false }
        entries[slot] = Entry(member: member, device: device, until: now + limits.slotLifetime)
        return true
    }

    /// A stranger claims a slot, which burns. Returns the member who waits there.
    mutating func claim(
        _ slot: Slot, by stranger: Hub.ConnectionID, now: ContinuousClock.Instant, _ limits: ServingLimits
    ) -> Hub.ConnectionID? {
        guard misses[stranger, default: 0] < limits.missedClaimsMax, let entry = entries[slot], entry.until > now,
            entry.stranger == nil
        else {
            misses[stranger, default: 0] += 1
            return nil
        }
        entries[slot]?.stranger = stranger
        return entry.member
    }

    /// Whether a connection made as many claims that nobody had offered as it may.
    func hasGuessed(_ stranger: Hub.ConnectionID, _ limits: ServingLimits) -> Bool {
        misses[stranger, default: 0] >= limits.missedClaimsMax
    }

    /// The member answers. Returns the stranger, once.
    mutating func grant(_ slot: Slot, by member: Hub.ConnectionID) -> Hub.ConnectionID? {
        guard let entry = entries[slot], entry.member == member, let stranger = entry.stranger else { return nil }
        entries[slot] = nil
        return stranger
    }

    /// A connection ended, and with it what it waited for. Returns the strangers who wait for it in vain.
    mutating func leave(_ id: Hub.ConnectionID) -> [Hub.ConnectionID] {
        let left = entries.values.compactMap { $0.member == id ? $0.stranger : nil }
        entries = entries.filter { $0.value.member != id && $0.value.stranger != id }
        misses[id] = nil
        return left
    }
}
