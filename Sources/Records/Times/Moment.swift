/// A local time: a day (`2026-10-16`), a time with its UTC offset (`2026-10-16T10:00+02:00`), or a time without a
/// known zone (`2026-10-16T10:00`).
///
/// Its first ten characters are its day, whatever the zone of the reader.
public struct Moment: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public let day: CivilDate

    /// Minutes after local midnight; `nil` for a whole day.
    public let minuteOfDay: Int?
    /// Minutes east of UTC; `nil` for a day, and if no zone is known.
    public let offsetMinutes: Int?

    /// Parses exactly one of the three forms.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard let day = CivilDate(String(decoding: bytes.prefix(10), as: UTF8.self)) else { return nil }
        self.day = day
        description = String(text)
        if bytes.count == 10 {
            minuteOfDay = nil
            offsetMinutes = nil
            return
        }
        guard bytes.count == 16 || bytes.count == 22, bytes[10] == UInt8(ascii: "T"),
            let minute = Self.minutes(bytes[11..<16], hourMax: 23)
        else { return nil }
        minuteOfDay = minute
        if bytes.count == 16 {
            offsetMinutes = nil
            return
        }
        let isWest = bytes[16] == UInt8(ascii: "-")
        guard isWest || bytes[16] == UInt8(ascii: "+"), let offset = Self.minutes(bytes[17..<22], hourMax: 18),
            offset <= 18 * 60
        else { return nil }
        offsetMinutes = isWest ? -offset : offset
    }

    /// A point in time with a UTC offset.
    public init?(millisSince1970: Int, offsetMinutes: Int) {
        let minutes = (millisSince1970 - Timestamp.modulo(millisSince1970, 60_000)) / 60_000 + offsetMinutes
        let minuteOfDay = Timestamp.modulo(minutes, 1440)
        guard let day = CivilDate(daysSince1970: (minutes - minuteOfDay) / 1440), abs(offsetMinutes) <= 18 * 60
        else { return nil }
        let sign = offsetMinutes < 0 ? "-" : "+"
        self.init(
            day.description + "T" + Self.clock(minuteOfDay) + sign + Self.clock(abs(offsetMinutes)))
    }

    private static func minutes(_ bytes: ArraySlice<UInt8>, hourMax: Int) -> Int? {
        let start = bytes.startIndex
        guard bytes[start + 2] == UInt8(ascii: ":"), let hour = Digits.value(bytes[start..<start + 2]),
            let minute = Digits.value(bytes[start + 3..<start + 5]), hour <= hourMax, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    private static func clock(_ minutes: Int) -> String {
        Digits.text(minutes / 60, width: 2) + ":" + Digits.text(minutes % 60, width: 2)
    }
}

/// A point in time, to the millisecond, in UTC: `2026-10-16T08:00:00.000Z`.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 0000-01-01 to 9999-12-31, the range of the text form.
    public static let millisRange = -62_167_219_200_000...253_402_300_799_999

    public let millisSince1970: Int

    /// Values outside of ``millisRange`` are clamped.
    public init(millisSince1970: Int) {
        self.millisSince1970 = min(max(millisSince1970, Self.millisRange.lowerBound), Self.millisRange.upperBound)
    }

    /// Parses exactly this form.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 24, let day = CivilDate(String(decoding: bytes.prefix(10), as: UTF8.self)),
            bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes[19] == UInt8(ascii: "."), bytes[23] == UInt8(ascii: "Z"),
            let hour = Digits.value(bytes[11..<13]), let minute = Digits.value(bytes[14..<16]),
            let second = Digits.value(bytes[17..<19]), let milli = Digits.value(bytes[20..<23]),
            hour < 24, minute < 60, second < 60
        else { return nil }
        millisSince1970 = ((day.daysSince1970 * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + milli
    }

    public var description: String {
        let milliOfDay = Self.modulo(millisSince1970, 86_400_000)
        guard let day = CivilDate(daysSince1970: (millisSince1970 - milliOfDay) / 86_400_000) else {
            preconditionFailure("\(millisSince1970) is outside of the range that `init` keeps to")
        }
        let second = milliOfDay / 1000
        let clock = [second / 3600, second / 60 % 60, second % 60].map { Digits.text($0, width: 2) }
        return day.description + "T" + clock.joined(separator: ":") + "." + Digits.text(milliOfDay % 1000, width: 3)
            + "Z"
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.millisSince1970 < rhs.millisSince1970 }

    /// The non-negative remainder.
    static func modulo(_ value: Int, _ divisor: Int) -> Int {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
