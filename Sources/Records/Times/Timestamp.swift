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
