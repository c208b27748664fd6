package import Causality
import Membership
import Wire

/// What conversations ask, with a contract suite: ``SpaceAuthority`` passes it on every engine.
package protocol ServerStore: Sendable {
    /// Answers a question in one transaction that also checks the device's rights.
    ///
    /// Writes are durable when it returns. The caller waits for an answer before it asks again for the same device.
    ///
    /// - Parameters:
    ///   - question: the question.
    ///   - device: the asking device, as ``ServerAnswer/identified(_:spaces:)`` named it; `nil` only to be
    ///     identified.
    /// - Returns: the answer; ``ServerAnswer/refused(_:_:)`` if nothing was done, also if the disk is full.
    /// - Throws: if the disk fails. Then nothing is acknowledged.
    func answer(_ question: ServerQuestion, to device: DeviceID?) async throws -> ServerAnswer
}

/// A store that an administrator works on.
package typealias AdministeredStore = ServerStore & ServerAdministration

/// Operations of the server's administrator.
package protocol ServerAdministration: Sendable {
    /// Lets one device enrol with the invitation's secret.
    func invite(_ invitation: Invitation) async throws
    /// Blocks a device, known or not, or unblocks it.
    func block(_ device: DeviceID, _ isBlocked: Bool) async throws
    /// Keeps a device enrolled when it is removed from its last space, or stops to. Returns whether it is enrolled.
    func keep(_ device: DeviceID, _ isKept: Bool) async throws -> Bool
    func status() async throws -> StoreStatus
    /// Writes a copy of the whole store to a new file.
    func backup(to path: String) async throws
    /// Cuts a forked log back to this record, so that the branch that follows it here can be appended.
    ///
    /// Records after it are quarantined, with the batches that name them. Returns whether the log has such a record.
    func settle(_ space: SpaceID, head: Hash256) async throws -> Bool
    /// Removes forgotten content from the disk completely, if any was forgotten since the last time.
    ///
    /// Returns whether nothing is left; otherwise it must be tried again later.
    func scrub() async throws -> Bool
    func close() async throws
}

/// Counts for `btwd status`, with pseudonymous ids.
package struct StoreStatus: Hashable, Sendable {
    package struct Space: Hashable, Sendable {
        package let id: SpaceID
        package let recordCount: Int
        package let editCount: Int
        /// Bytes of edits as they are stored, mostly boxes.
        package let byteCount: Int
        /// Other bytes that count towards the quota: records, clocks, what is quarantined.
        package let keptByteCount: Int
        /// Quarantined batches.
        package let quarantinedCount: Int
        /// Bytes of these batches; part of ``keptByteCount``.
        package let quarantinedByteCount: Int

        package init(
            id: SpaceID, recordCount: Int, editCount: Int, byteCount: Int, keptByteCount: Int, quarantinedCount: Int,
            quarantinedByteCount: Int
        ) {
            self.id = id
            self.recordCount = recordCount
            self.editCount = editCount
            self.byteCount = byteCount
            self.keptByteCount = keptByteCount
            self.quarantinedCount = quarantinedCount
            self.quarantinedByteCount = quarantinedByteCount
        }
    }

    /// Ascending by id.
    package let spaces: [Space]
    /// Ascending.
    package let enrolled: [DeviceID]
    package let blockedCount: Int
    package let isReadOnly: Bool
    /// Whether forgotten content may still be in the file.
    package let isScrubDue: Bool

    package init(
        spaces: [Space], enrolled: [DeviceID], blockedCount: Int, isReadOnly: Bool, isScrubDue: Bool
    ) {
        self.spaces = spaces
        self.enrolled = enrolled
        self.blockedCount = blockedCount
        self.isReadOnly = isReadOnly
        self.isScrubDue = isScrubDue
    }
}

/// An invitation: its secret lets one unknown device enrol once.
package struct Invitation: Hashable, Sendable {
    /// The hash of the secret, which the server does not keep.
    package let hash: Hash256
    /// Its expiry in milliseconds since 1970, by the server's clock.
    package let untilMillis: Int

    package init(secret: [UInt8], untilMillis: Int) {
        self.init(hash: Self.hash(of: secret), untilMillis: untilMillis)
    }

    package init(hash: Hash256, untilMillis: Int) {
        self.hash = hash
        self.untilMillis = untilMillis
    }

    static func hash(of secret: [UInt8]) -> Hash256 {
        var bytes = CanonicalBytes(label: "between invitation 1")
        bytes.append(secret)
        return .sha256(bytes.bytes)
    }
}
