package import Link

/// Limits of one daemon besides those of the wire and of its sockets, as `Protocol/SPEC.md` states them.
package struct ServingLimits: Sendable {
    /// Concurrent connections of one device; beyond it the oldest ends.
    package var connectionsPerDeviceMax = 4
    /// Concurrent pairings of one device.
    package var slotsPerDeviceMax = 5
    /// How long a pairing may take, and an unknown device may wait for it.
    package var slotLifetime = Duration.seconds(600)
    /// Claims of one connection for slots that were not offered.
    package var missedClaimsMax = 3
    /// Failed proofs and missed claims from one address within ``failurePeriod``; then it gets `busy`.
    package var failuresPerAddressMax = 10
    package var failurePeriod = Duration.seconds(60)
    /// Limits of its sockets.
    package var link = LinkLimits()

    package init() {}
}
