/// Limits of a server's store; `Protocol/SPEC.md` states the defaults too.
package struct StoreLimits: Sendable {
    /// Bytes of a box: the longest that devices make. This module may not import the sealing code, so a test
    /// compares.
    package var boxLengthMax = 200_732
    /// Edits of a space.
    package var editsPerSpaceMax = 2_000_000
    /// Bytes of a space: its edits, records, and what is quarantined.
    package var bytesPerSpaceMax = 5 << 30
    /// Feeds of one device in a space.
    package var feedsPerDeviceMax = 64
    /// Feeds of a space: as many as a clock may have rows.
    package var feedsPerSpaceMax = 4_096
    /// Feeds that each device of a space may have, however many others made.
    package var feedsReservedPerDevice = 4
    /// Spaces of one account.
    package var spacesPerPersonMax = 64
    /// Records that a space accepts in a day of the server's clock, not counting removals.
    package var recordsPerDayMax = 512
    /// Bytes of all records of a space.
    package var recordBytesPerSpaceMax = 8 << 20
    /// Bytes of removals beyond these.
    package var removalBytesPerSpaceMax = 8 << 20
    /// Refused removals of one author that still pause devices on a day whose records are used up.
    package var pausesReservedPerDevice = 4
    /// Live edits of other feeds that are checked when an edit of the same field arrives.
    package var liveRowsReadMax = 16
    /// Edits in all spaces of one account: all spaces founded through one enrolment.
    package var editsPerPersonMax = 2_000_000
    /// Bytes in all spaces of one account: boxes, headers, records, and what is quarantined.
    package var bytesPerPersonMax = 5 << 30
    /// Bytes of a file that may be rebuilt in memory to scrub it, after rows moved.
    package var rebuiltLengthMax = 64 << 20
    /// Consecutive records of a space that are quarantined.
    static let quarantinedRecordsMax = 256

    package init() {}
}

/// The server's two clocks, injected for tests.
package struct StoreTime: Sendable {
    /// Monotonic, for what ends with the process.
    package let monotonic: @Sendable () -> Duration
    /// Milliseconds since 1970, for what is stored on the disk.
    package let wallMillis: @Sendable () -> Int

    package init(monotonic: @escaping @Sendable () -> Duration, wallMillis: @escaping @Sendable () -> Int) {
        self.monotonic = monotonic
        self.wallMillis = wallMillis
    }
}
