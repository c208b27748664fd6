package import Records

/// The current time, and the local UTC offset at any other time.
package struct LocalTime: Sendable {
    /// The current time, with the local offset.
    package let now: Moment
    /// Minutes east of UTC, at a local time.
    package let offset: @Sendable (_ day: CivilDate, _ minuteOfDay: Int) -> Int

    package init(now: Moment, offset: @escaping @Sendable (_ day: CivilDate, _ minuteOfDay: Int) -> Int) {
        self.now = now
        self.offset = offset
    }

    /// From the clock, and the local offset at that time.
    package init?(
        now: Timestamp, offsetMinutes: Int,
        offset: @escaping @Sendable (_ day: CivilDate, _ minuteOfDay: Int) -> Int
    ) {
        guard let now = Moment(millisSince1970: now.millisSince1970, offsetMinutes: offsetMinutes) else { return nil }
        self.init(now: now, offset: offset)
    }

    package var today: CivilDate { now.day }

    /// The time with the local offset added, if it has a time of day and no zone.
    func placed(_ moment: Moment) -> Moment {
        guard let minute = moment.minuteOfDay, moment.offsetMinutes == nil else { return moment }
        let offset = offset(moment.day, minute)
        return Moment(moment.description + (offset < 0 ? "-" : "+") + Self.clock(offset.magnitude)) ?? moment
    }

    private static func clock(_ minutes: UInt) -> String {
        func two(_ number: UInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return two(minutes / 60) + ":" + two(minutes % 60)
    }
}

// MARK: - RFC3339

extension Timestamp {
    /// Parses a time of RFC 3339, `2026-10-16T10:00:00.5+02:00`; digits beyond milliseconds are dropped.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20 else { return nil }
        var zone = bytes[19...]
        var millis = "000"
        if zone.first == UInt8(ascii: ".") {
            let digits = zone.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard !digits.isEmpty else { return nil }
            millis = String((String(decoding: digits, as: UTF8.self) + "00").prefix(3))
            zone = zone[digits.endIndex...]
        }
        var minute = bytes[..<16]
        minute[10] |= 0x20
        guard minute[10] == UInt8(ascii: "t") else { return nil }
        minute[10] = UInt8(ascii: "T")
        let utc = zone.count == 1 && zone[zone.startIndex] | 0x20 == UInt8(ascii: "z")
        let offset = utc ? Array("+00:00".utf8)[...] : zone
        let second = String(decoding: minute + bytes[16..<19], as: UTF8.self)
        guard let local = Timestamp("\(second).\(millis)Z"),
            let offsetMinutes = Moment(String(decoding: minute + offset, as: UTF8.self))?.offsetMinutes
        else { return nil }
        let utcMillis = local.millisSince1970 - offsetMinutes * 60_000
        guard Self.millisRange.contains(utcMillis) else { return nil }
        self.init(millisSince1970: utcMillis)
    }
}
