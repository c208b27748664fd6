import Link

/// Which addresses failed to prove who they are, and how often of late: guessing is slow, whatever is guessed.
struct AttemptTable {
    private struct Window {
        let begin: ContinuousClock.Instant
        var count: Int
    }

    /// Addresses that are remembered at most.
    static let addressesMax = 65_536

    private var windows: [RemoteAddress: Window] = [:]

    /// Somebody at this address gave no proof, a string that is none, or claimed a slot that nobody offered. Returns
    /// whether the address has no more attempts from now on.
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

    /// Whether who is not known may try again from this address.
    func mayTry(_ address: RemoteAddress, now: ContinuousClock.Instant, _ limits: ServingLimits) -> Bool {
        guard let window = windows[address], now - window.begin < limits.failurePeriod else { return true }
        return window.count < limits.failuresPerAddressMax
    }
}
