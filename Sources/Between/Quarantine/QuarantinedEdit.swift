public import CanonicalJSON
public import Causality
public import Records

/// An edit in quarantine: it could not keep its dot, or its author lacked the right.
public struct QuarantinedEdit: Hashable, Sendable {
    /// Its id in this device's quarantine: `BATCH.N`. Other devices do not know it.
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
    /// Its original dot, which may name another edit here.
    public let dot: Dot
    public let entry: EntryID
    /// The reason: an error code of the protocol, or `refused` if a server refused it.
    public let reason: String
    /// When it was quarantined.
    public let setAsideAt: Timestamp
    /// When it was written, by its device's clock; `nil` if it cannot be opened.
    public let writtenAt: Timestamp?
    /// The person who signed it; `nil` if no device with that key was ever a member.
    public let author: PersonID?
    public let device: DeviceID?
    /// The name of that device.
    public let deviceName: String?
    /// Whether it forgets its entry, and so has no fields.
    public let isForget: Bool
    /// The fields that it sets; `null` clears one. `nil` if it cannot be opened here, or only its header is here.
    public let fields: [FieldName: JSONValue]?

    /// Whether it can be taken out of quarantine: see ``Journal/adopt(_:)``.
    public var canBeAdopted: Bool { fields != nil }
}
