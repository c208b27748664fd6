public import CanonicalJSON

/// The due date of homework: a ``Moment``, or `next`, which moves with the next session.
public enum DueDate {
    public static let next: Text = "next"

    /// The order of due dates, of which the latest wins: any value comes after none, and a date after `next`.
    ///
    /// A whole day ends later than any time on it. An invalid value comes before `next`.
    static func sortKey(_ value: JSONValue) -> [Text] {
        guard case .text(let text) = value else { return ["0"] }
        if text == next { return ["2"] }
        guard let moment = Moment(text.string) else { return ["1", text] }
        let clock = moment.minuteOfDay.map { Digits.text($0, width: 4) } ?? "9999"
        return ["3", Text(moment.day.description), Text(clock), text]
    }
}
