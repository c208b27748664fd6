public import CanonicalJSON
public import Causality
public import Records

/// An edit that is kept outside of the journal: it could not keep its place in it, or came from who may not.
public struct QuarantinedEdit: Hashable, Sendable {
    /// Names it for as long as it is set aside here: `BATCH.N`. No other device knows it by that.
    public struct ID: Hashable, Comparable, Sendable, LosslessStringConvertible {
        let batch: Int64
        let n: Int

        init(batch: Int64, n: Int) {
            self.batch = batch
            self.n = n
        }

        public init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let batch = Int64(parts[0]), let n = Int(parts[1]), batch > 0, n > 0 else {
                return nil
            }
            self.init(batch: batch, n: n)
        }

        public static func < (left: ID, right: ID) -> Bool { (left.batch, left.n) < (right.batch, right.n) }

        public var description: String { "\(batch).\(n)" }
    }

    public let id: ID
    /// What it was called where it came from. Another edit may be called so here.
    public let dot: Dot
    public let entry: EntryID
    /// Why it was set aside: a code of the wire, or `refused` for one that a server refused for itself.
    public let reason: String
    /// When it was set aside.
    public let setAsideAt: Timestamp
    /// When it was written, as its device's clock said; `nil` where it does not open.
    public let writtenAt: Timestamp?
    /// Who signed it; `nil` where no device of that key was ever of the journal.
    public let author: PersonID?
    public let device: DeviceID?
    /// What people call that device.
    public let deviceName: String?
    /// Whether it forgets its entry, and so has no fields.
    public let isForget: Bool
    /// The fields that it sets; `null` clears one. `nil` where it does not open here, or only its header is here.
    public let fields: [FieldName: JSONValue]?

    /// Whether it can be taken back: see ``Journal/adopt(_:)``.
    public var canBeAdopted: Bool { fields != nil }
}
