/// A range of protocol versions that one side supports.
public struct VersionRange: Hashable, Sendable {
    /// The versions that this package supports.
    public static let ours = VersionRange(1)

    public let least: Int
    public let greatest: Int

    /// Is `nil` unless both are at least 1 and in order.
    public init?(_ least: Int, _ greatest: Int) {
        guard least >= 1, least <= greatest else { return nil }
        self.least = least
        self.greatest = greatest
    }

    private init(_ only: Int) {
        least = only
        greatest = only
    }

    /// The greatest version in both ranges; `nil` if there is none.
    public func greatestCommon(with other: VersionRange) -> Int? {
        let common = min(greatest, other.greatest)
        return common >= max(least, other.least) ? common : nil
    }
}
