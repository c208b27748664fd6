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
