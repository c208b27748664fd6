/// The identifier of an edit: the replica that wrote it, and its number there.
///
/// A replica numbers its edits 1, 2, 3, ... without gaps. A dot identifies one edit forever; two different edits with
/// the same dot are a fork.
public struct Dot: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The greatest integer that every JSON reader represents exactly: 2^53 - 1.
    public static let nMax = 1 << 53 - 1

    public let replica: ReplicaID
    public let n: Int

    public init(_ replica: ReplicaID, _ n: Int) {
        self.replica = replica
        self.n = n
    }

    /// Reads `REPLICA:N`: sixteen hex digits and a decimal number from 1 to ``nMax`` without leading zeros.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let replica = ReplicaID(parts[0]), parts[1].utf8.first != UInt8(ascii: "0"),
            parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let n = Int(parts[1]), n <= Self.nMax
        else { return nil }
        self.init(replica, n)
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { (lhs.replica, lhs.n) < (rhs.replica, rhs.n) }

    public var description: String { "\(replica):\(n)" }
}
