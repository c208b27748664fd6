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
