/// The unfinished last line of stderr: progress, or a question.
///
/// The next message begins on a new line.
package struct ErrorLine: Hashable, Sendable {
    private var progress = ProgressLine()
    /// Whether the line is a question, and whether its answer is pending.
    private var isQuestion = false
    private var isAsking = false

    package init() {}

    /// The bytes to write before a message.
    package mutating func begin(at now: ContinuousClock.Instant) -> String {
        (progress.draw(nil, at: now) ?? "") + endLine()
    }

    /// The newline that ends the line of a question, if there is one.
    package mutating func endLine() -> String {
        defer { (isQuestion, isAsking) = (false, false) }
        return isQuestion ? "\n" : ""
    }

    /// The bytes to write for a question.
    package mutating func ask(_ question: String, at now: ContinuousClock.Instant) -> String {
        let before = begin(at: now)
        (isQuestion, isAsking) = (true, true)
        return before + question
    }

    /// The question was answered or given up.
    ///
    /// - Parameter endingLine: whether the typed answer ended the line.
    package mutating func answered(endingLine: Bool) {
        isAsking = false
        if endingLine { isQuestion = false }
    }

    /// As ``ProgressLine/draw(_:at:)``; progress never replaces a pending question.
    package mutating func draw(_ text: String?, at now: ContinuousClock.Instant) -> String? {
        guard !isAsking else { return nil }
        let before = text == nil ? "" : endLine()
        let drawing = progress.draw(text, at: now)
        return before.isEmpty ? drawing : before + (drawing ?? "")
    }
}

/// The progress line of a terminal.
package struct ProgressLine: Hashable, Sendable {
    /// The shortest time between two updates: faster ones flicker, and slow down the work itself.
    package static let standingTime = Duration.milliseconds(100)

    private static let erased = "\r\u{1b}[K"
    /// When the visible text was drawn; `nil` if there is none.
    private var drawn: ContinuousClock.Instant?

    package init() {}

    /// Replaces the visible text; `nil` removes it.
    ///
    /// - Returns: the bytes to write to the terminal; `nil` if nothing changes now.
    package mutating func draw(_ text: String?, at now: ContinuousClock.Instant) -> String? {
        guard let text else {
            defer { drawn = nil }
            return drawn == nil ? nil : Self.erased
        }
        if let drawn, now - drawn < Self.standingTime { return nil }
        drawn = now
        return Self.erased + text
    }
}
