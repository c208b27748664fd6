/// What a server takes at most; `Protocol/SPEC.md` has the defaults too.
package struct StoreLimits: Sendable {
    /// Bytes of a box: the longest that devices make. Nothing here may import what makes them, so a test compares.
    package var boxLengthMax = 200_732
    /// Edits of a space.
    package var editsPerSpaceMax = 2_000_000
    /// Bytes of a space's edits.
    package var bytesPerSpaceMax = 5 << 30
    /// Records of a space that are kept aside, and that follow one another there, at most.
    static let recordsAsideMax = 256
    /// How long a device that held a space may hold none again.
    package var holdPause = Duration.seconds(60)

    package init() {}
}

/// The server's two clocks, handed in so that tests can turn them.
package struct StoreTime: Sendable {
    /// Never goes back; for what ends with the process.
    package let monotonic: @Sendable () -> Duration
    /// Milliseconds since 1970; for what is on the disk.
    package let wallMillis: @Sendable () -> Int

    package init(monotonic: @escaping @Sendable () -> Duration, wallMillis: @escaping @Sendable () -> Int) {
        self.monotonic = monotonic
        self.wallMillis = wallMillis
    }
}
