public import Causality

/// A space as this replica holds it.
public struct Space: Hashable, Sendable {
    /// Its row.
    let key: Int64
    /// 16 bytes.
    public let id: [UInt8]
    /// What people call it: `journal` for the private one.
    public let name: String
    /// The name of a space that is being downloaded to take another's place: nothing of it is shown or counted yet.
    public static let joining = "joining"

    /// This device's line in its present incarnation; `nil` before it wrote anything.
    public let replica: ReplicaID?
}
