package import Records

/// What time it is here, and what the clocks here say at other times.
package struct LocalTime: Sendable {
    /// Now, with the offset here.
    package let now: Moment
    /// Minutes east of UTC, at a time on the clock here.
    package let offset: @Sendable (_ day: CivilDate, _ minuteOfDay: Int) -> Int

    package init(now: Moment, offset: @escaping @Sendable (_ day: CivilDate, _ minuteOfDay: Int) -> Int) {
        self.now = now
        self.offset = offset
    }

    /// Now, from the clock and the offset that it has here.
    package init?(
        now: Timestamp, offsetMinutes: Int,
        offset: @escaping @Sendable (_ day: CivilDate, _ minuteOfDay: Int) -> Int
    ) {
        guard let now = Moment(millisSince1970: now.millisSince1970, offsetMinutes: offsetMinutes) else { return nil }
        self.init(now: now, offset: offset)
    }

    package var today: CivilDate { now.day }

    /// The same time with the offset of the clocks here, where it has a time and no zone.
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
