/// A device that asks to be admitted, as both screens show it.
public struct Newcomer: Hashable, Sendable {
    /// Four words. If both screens show the same, there is no attacker in between.
    public let words: [String]
    /// The name that the other device chose; empty if none.
    public let name: String

    /// Asks the user whether both screens show the same words.
    public typealias Confirmation = @Sendable (Newcomer) async throws -> Bool
}
