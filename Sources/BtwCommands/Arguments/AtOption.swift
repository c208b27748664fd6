package import CanonicalJSON
import Causality
package import Records

/// Parses days and times as people type them: `--at`, `--due`, `--from`, `--to`, `--since`, the time of a session.
///
/// Accepts the forms of ``Moment``, and `today`, `tomorrow`, `yesterday`, `now`. A time without a zone is local.
/// Digits may be of any script. Ambiguous forms such as `3/4` are refused.
package enum AtOption {
    /// A day, or a day with a time.
    package static func moment(
        _ text: String, of option: String, in localTime: LocalTime, for command: any Command.Type
    ) throws(Failure) -> Moment {
        if let moment = read(text, localTime) { return moment }
        let day = localTime.today
        throw .usage("\(option) must be a day like \(day), or a time on it like \(day)T10:00.", of: command)
    }

    /// A day, a day with a time, or `next`, which moves with the next session.
    package static func due(
        _ text: String, of option: String, in localTime: LocalTime, for command: any Command.Type
    ) throws(Failure) -> Text {
        if TypedText.plain(text).lowercased() == DueDate.next.string { return DueDate.next }
        if let moment = read(text, localTime) { return Text(moment.description) }
        let day = localTime.today
        throw .usage(
            "\(option) must be a day like \(day), a time on it like \(day)T10:00, or next for the next session.",
            of: command)
    }

    /// A day.
    package static func day(
        _ text: String, of option: String, in localTime: LocalTime, for command: any Command.Type
    ) throws(Failure) -> CivilDate {
        if let moment = read(text, localTime), moment.minuteOfDay == nil { return moment.day }
        throw .usage("\(option) must be a day like \(localTime.today).", of: command)
    }

    private static func read(_ text: String, _ localTime: LocalTime) -> Moment? {
        func day(_ distance: Int) -> Moment? {
            CivilDate(daysSince1970: localTime.today.daysSince1970 + distance).flatMap { Moment($0.description) }
        }
        let text = TypedText.plain(text)
        switch text.lowercased() {
        case "now": return localTime.now
        case "today": return day(0)
        case "tomorrow": return day(1)
        case "yesterday": return day(-1)
        default: return Moment(text).map(localTime.placed)
        }
    }
}
