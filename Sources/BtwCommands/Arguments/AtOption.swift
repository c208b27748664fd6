package import CanonicalJSON
import Causality
package import Records

/// Days and times as people type them: for `--at`, `--due`, `--from`, `--to`,
/// `--since`, and when a session is.
///
/// The forms of ``Moment``, and `today`, `tomorrow`, `yesterday`, `now`. A time
/// without a zone is one on the clocks here. Digits may be of any script. Nothing is
/// guessed: `3/4` is refused.
package enum AtOption {
    /// A day or a time on it.
    package static func moment(
        _ text: String, of option: String, in localTime: LocalTime, for command: any Command.Type
    ) throws(Failure) -> Moment {
        if let moment = read(text, localTime) { return moment }
        let day = localTime.today
        throw .usage("\(option) must be a day like \(day), or a time on it like \(day)T10:00.", of: command)
    }

    /// A day or a time on it, or `next`, which moves with the next session.
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
