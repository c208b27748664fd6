import Link

/// Failed attempts by address, to slow down guessing of strings and slots.
struct AttemptTable {
    private struct Window {
        let begin: ContinuousClock.Instant
        var count: Int
    }

    /// Addresses that are remembered.
    static let addressesMax = 65_536

    private var windows: [RemoteAddress: Window] = [:]

    /// A client at this address sent an invalid proof or string, or claimed a slot that was not offered. Returns
    /// whether the address has just reached the limit.
    mutating func failed(_ address: RemoteAddress, now: ContinuousClock.Instant, _ limits: ServingLimits) -> Bool {
        if var window = windows[address], now - window.begin < limits.failurePeriod {
            window.count += 1
            windows[address] = window
            return window.count == limits.failuresPerAddressMax
        }
        if windows.count >= Self.addressesMax {
            windows = windows.filter { now - $0.value.begin < limits.failurePeriod }
            if windows.count >= Self.addressesMax { windows = [:] }
        }
        windows[address] = Window(begin: now, count: 1)
        return limits.failuresPerAddressMax == 1
    }

    /// Whether unknown devices may try again from this address.
    func mayTry(_ address: RemoteAddress, now: ContinuousClock.Instant, _ limits: ServingLimits) -> Bool {
        guard let window = windows[address], now - window.begin < limits.failurePeriod else { return true }
        return window.count < limits.failuresPerAddressMax
    }
}
