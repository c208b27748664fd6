/// What a server takes at most; `Protocol/SPEC.md` has the defaults too.
package struct StoreLimits: Sendable {
    /// Bytes of a box: the longest that devices make. Nothing here may import what makes them, so a test compares.
    package var boxLengthMax = 200_732
    /// Edits of a space.
    package var editsPerSpaceMax = 2_000_000
    /// Bytes of a space: its edits, records, and what is set aside.
    package var bytesPerSpaceMax = 5 << 30
    /// Lines of one device in a space.
    package var linesPerDeviceMax = 64
    /// Lines of a space: rows that every clock may have.
    package var linesPerSpaceMax = 4_096
    /// Lines that each device of a space may have, however many others made.
    package var linesReservedPerDevice = 4
    /// Spaces of one account.
    package var spacesPerPersonMax = 64
    /// Records that a space takes on one day of the server's clock.
    package var recordsPerDayMax = 512
    /// Bytes of all records of a space.
    package var recordBytesPerSpaceMax = 8 << 20
    /// Live edits of a field that are looked at when another comes, beside those of its own line.
    package var liveRowsReadMax = 16
    /// Edits in all spaces of one account: what came by one enrolment string.
    package var editsPerPersonMax = 2_000_000
    /// Bytes in all spaces of one account: boxes, headers, records, and what is set aside.
    package var bytesPerPersonMax = 5 << 30
    /// Bytes of a file that may be rebuilt in memory for a forget, where rows had moved.
    package var rebuiltLengthMax = 64 << 20
    /// Records of a space that are kept aside, and that follow one another there, at most.
    static let recordsAsideMax = 256

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
