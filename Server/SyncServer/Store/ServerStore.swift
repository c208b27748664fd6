package import Causality

/// A server's storage engine: a small interface, and a contract suite that every engine passes.
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
