/// The line of stderr on which something stands that no end of a line followed: how far something is, or a question.
///
/// What is said next begins on a line of its own.
package struct ErrorLine: Hashable, Sendable {
    private var progress = ProgressLine()
    /// Whether a question stands there, and whether it waits for its answer.
    private var isQuestion = false
    private var isAsking = false

    package init() {}

    /// What to write before a line that says something.
    package mutating func begin(at now: ContinuousClock.Instant) -> String {
        (progress.draw(nil, at: now) ?? "") + endLine()
    }

    /// What ends the line of a question, if one stands there.
    package mutating func endLine() -> String {
        defer { (isQuestion, isAsking) = (false, false) }
        return isQuestion ? "\n" : ""
    }

    /// What to write to ask this.
    package mutating func ask(_ question: String, at now: ContinuousClock.Instant) -> String {
        let before = begin(at: now)
        (isQuestion, isAsking) = (true, true)
        return before + question
    }

    /// The question waits no longer.
    ///
    /// - Parameter endingLine: whether the answer ended the line.
    package mutating func answered(endingLine: Bool) {
        isAsking = false
        if endingLine { isQuestion = false }
    }

    /// As ``ProgressLine/draw(_:at:)``; nothing takes the place of a question that waits.
    package mutating func draw(_ text: String?, at now: ContinuousClock.Instant) -> String? {
        guard !isAsking else { return nil }
        let before = text == nil ? "" : endLine()
        let drawing = progress.draw(text, at: now)
        return before.isEmpty ? drawing : before + (drawing ?? "")
    }
}
