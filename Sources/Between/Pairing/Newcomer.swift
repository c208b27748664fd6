/// Who is about to come in, as both screens show it.
public struct Newcomer: Hashable, Sendable {
    /// Four words. If both screens show the same, nobody stands between.
    public let words: [String]
    /// The name that the other device gives itself; empty if it gives none.
    public let name: String

    /// Asks the person whether both screens show the same words.
    public typealias Confirmation = @Sendable (Newcomer) async throws -> Bool
}
