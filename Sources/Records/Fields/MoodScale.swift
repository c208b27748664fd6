/// A scale of moods from 1 to `points`, and the one axis that all of them convert to: -100 to 100.
public struct MoodScale: Hashable, Sendable {
    public let points: Int

    /// Scales of 2 to 101 points convert there and back exactly; others are `nil`.
    public init?(points: Int) {
        guard (2...101).contains(points) else { return nil }
        self.points = points
    }

    /// The scale that people type and read unless they say otherwise: 1 to 5.
    public static let five = MoodScale(exactly: 5)

    private init(exactly points: Int) { self.points = points }

    /// The valence of a step; `nil` unless it is one of 1 to `points`.
    public func valence(ofStep step: Int) -> Int? {
        guard (1...points).contains(step) else { return nil }
        return Self.round(200 * (step - 1), by: points - 1) - 100
    }

    /// The step that is nearest to a valence of -100 to 100; others count as the nearest of these.
    public func step(ofValence valence: Int) -> Int {
        Self.round((min(max(valence, -100), 100) + 100) * (points - 1), by: 200) + 1
    }

    /// The nearest whole quotient of numbers that are not negative; halves up.
    private static func round(_ value: Int, by divisor: Int) -> Int { (2 * value + divisor) / (2 * divisor) }
}
