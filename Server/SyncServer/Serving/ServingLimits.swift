package import Link

/// The limits of one daemon beside those of the wire and of its sockets; `Protocol/SPEC.md` has them too.
package struct ServingLimits: Sendable {
    /// Connections of one device at once; the oldest gives way.
    package var connectionsPerDeviceMax = 4
    /// Pairings that one device has open at once.
    package var slotsPerDeviceMax = 5
    /// How long a pairing may take, and who is not known may wait for it.
    package var slotLifetime = Duration.seconds(600)
    /// Claims of one connection that nobody had offered.
    package var missedClaimsMax = 3
    /// Failed proofs and missed claims from one address within ``failurePeriod``; then it hears `busy`.
    package var failuresPerAddressMax = 10
    package var failurePeriod = Duration.seconds(60)
    /// Those of its sockets.
    package var link = LinkLimits()

    package init() {}
}
