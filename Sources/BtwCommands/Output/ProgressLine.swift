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
