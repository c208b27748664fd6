/// A scale of moods from 1 to `points`, and its conversion to the stored valence of -100 to 100.
public struct MoodScale: Hashable, Sendable {
    public let points: Int

    /// Scales of 2 to 101 points, whose steps convert to valence and back exactly; others are `nil`.
    public init?(points: Int) {
        guard (2...101).contains(points) else { return nil }
        self.points = points
    }

    /// The default scale: 1 to 5.
    public static let five = MoodScale(exactly: 5)

    private init(exactly points: Int) { self.points = points }

    /// The valence of a step; `nil` unless it is in 1 to `points`.
    public func valence(ofStep step: Int) -> Int? {
        guard (1...points).contains(step) else { return nil }
        return Self.round(200 * (step - 1), by: points - 1) - 100
    }

    /// The step nearest to a valence, which is clamped to -100 to 100.
    public func step(ofValence valence: Int) -> Int {
        Self.round((min(max(valence, -100), 100) + 100) * (points - 1), by: 200) + 1
    }

    /// The nearest whole quotient of non-negative numbers; halves are rounded up.
    private static func round(_ value: Int, by divisor: Int) -> Int { (2 * value + divisor) / (2 * divisor) }
}
