public import Records

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a journal takes from the world around it: the time.
public struct JournalEnvironment: Sendable {
    public var now: @Sendable () -> Timestamp
    /// Minutes east of UTC on the clock here at a point in time.
    public var offsetMinutes: @Sendable (Timestamp) -> Int

    public init(
        now: @escaping @Sendable () -> Timestamp, offsetMinutes: @escaping @Sendable (Timestamp) -> Int
    ) {
        self.now = now
        self.offsetMinutes = offsetMinutes
    }

    /// The system's clock and zone; `TZ` decides where it is set.
    public static let system = JournalEnvironment(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(millisSince1970: Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000)
        }, offsetMinutes: systemOffset)

    /// The offset that the system's zone has at a point in time.
    public static let systemOffset: @Sendable (Timestamp) -> Int = { point in
        // Rounded down, also before 1970.
        var seconds = time_t((Double(point.millisSince1970) / 1000).rounded(.down))
        var parts = tm()
        tzset()
        guard localtime_r(&seconds, &parts) != nil else { return 0 }
        return Int(parts.tm_gmtoff) / 60
    }

    /// The time here and now, as an entry's `at`.
    func moment() -> Moment? {
        let now = now()
        return Moment(millisSince1970: now.millisSince1970, offsetMinutes: offsetMinutes(now))
    }
}
