/// The line of a terminal that says how far something is.
package struct ProgressLine: Hashable, Sendable {
    /// How long a text stands at least: what changes faster only flickers, and slows down what it tells of.
    package static let standingTime = Duration.milliseconds(100)

    private static let erased = "\r\u{1b}[K"
    /// When the text that stands there was drawn; `nil` if none stands there.
    private var drawn: ContinuousClock.Instant?

    package init() {}

    /// Puts a text into the place of the one before; `nil` takes it away.
    ///
    /// - Returns: what to write to the terminal; `nil` if nothing is to change now.
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
