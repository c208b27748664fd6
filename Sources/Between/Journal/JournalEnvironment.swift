public import Records

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The environment of a journal: clock and time zone.
public struct JournalEnvironment: Sendable {
    public var now: @Sendable () -> Timestamp
    /// The local offset at a point in time, in minutes east of UTC.
    public var offsetMinutes: @Sendable (Timestamp) -> Int

    public init(
        now: @escaping @Sendable () -> Timestamp, offsetMinutes: @escaping @Sendable (Timestamp) -> Int
    ) {
        self.now = now
        self.offsetMinutes = offsetMinutes
    }

    /// The system's clock and time zone; `TZ` overrides the zone.
    public static let system = JournalEnvironment(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(millisSince1970: Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000)
        }, offsetMinutes: systemOffset)

    /// The offset of the system's time zone at a point in time.
    public static let systemOffset: @Sendable (Timestamp) -> Int = { point in
        // Rounded down, also before 1970.
        var seconds = time_t((Double(point.millisSince1970) / 1000).rounded(.down))
        var parts = tm()
        tzset()
        guard localtime_r(&seconds, &parts) != nil else { return 0 }
        return Int(parts.tm_gmtoff) / 60
    }

    /// The current local time, as an entry's `at`.
    func moment() -> Moment? {
        let now = now()
        return Moment(millisSince1970: now.millisSince1970, offsetMinutes: offsetMinutes(now))
    }
}

/// The host name up to the first dot, or `this device`.
enum HostName {
    static var current: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "this device" }
        let name = String(decoding: bytes.prefix { $0 != 0 && $0 != 0x2E }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.isEmpty ? "this device" : name
    }
}
