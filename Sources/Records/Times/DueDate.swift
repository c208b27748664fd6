public import CanonicalJSON

/// When a homework is due: a ``Moment``, or `next`, which moves with the next session.
public enum DueDate {
    public static let next: Text = "next"

    /// The order in which the later of two due dates wins: a date beats `next`, anything beats none.
    ///
    /// A whole day is over later than any time on it. What no version can read is earlier than `next`.
    static func sortKey(_ value: JSONValue) -> [Text] {
        guard case .text(let text) = value else { return ["0"] }
        if text == next { return ["2"] }
        guard let moment = Moment(text.string) else { return ["1", text] }
        let clock = moment.minuteOfDay.map { Digits.text($0, width: 4) } ?? "9999"
        return ["3", Text(moment.day.description), Text(clock), text]
    }
}
