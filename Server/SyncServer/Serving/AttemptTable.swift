import Link

/// Which addresses failed to prove who they are, and when: guessing is slow, whatever is guessed.
struct AttemptTable {
    private var failures: [RemoteAddress: [ContinuousClock.Instant]] = [:]

    /// Somebody at this address gave no proof, a string that is none, or claimed a slot that nobody offered.
    mutating func failed(_ address: RemoteAddress, now: ContinuousClock.Instant, _ limits: ServingLimits) {
        failures = failures.compactMapValues { times in
            let recent = times.filter { now - $0 < limits.failurePeriod }
            return recent.isEmpty ? nil : recent
        }
        failures[address, default: []].append(now)
    }

    /// Whether this address may try again.
    func mayTry(_ address: RemoteAddress, now: ContinuousClock.Instant, _ limits: ServingLimits) -> Bool {
        let recent = failures[address]?.count { now - $0 < limits.failurePeriod } ?? 0
        return recent < limits.failuresPerAddressMax
    }
}
