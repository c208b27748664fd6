public import Causality

/// A space of this replica.
public struct Space: Hashable, Sendable {
    /// The key of its row.
    let key: Int64
    /// 16 bytes.
    public let id: [UInt8]
    /// Its local name: `journal` for the private one.
    public let name: String
    /// The name of the space of a pending join: nothing of it is shown or counted.
    public static let joining = "joining"

    /// This device's current feed; `nil` before it wrote anything.
    public let replica: ReplicaID?
}
