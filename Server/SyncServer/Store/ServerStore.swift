package import Causality

/// Where a server keeps what devices bring: one small interface, and a contract suite that every engine passes.
package protocol ServerStore: Sendable {
    /// Does what a conversation asks for, at once, in one transaction that also looks whether the device may.
    ///
    /// What the answer says is on the disk when it comes. Whoever asks waits for it before he asks again for the
    /// same device.
    ///
    /// - Parameters:
    ///   - question: what is asked.
    ///   - device: who asks, as ``ServerAnswer/identified(_:spaces:)`` named it; `nil` only to be identified.
    /// - Returns: the answer; ``ServerAnswer/refused(_:_:)`` if nothing was done, also where no space is left.
    /// - Throws: where the disk fails. Then nothing that was asked for is acknowledged.
    func answer(_ question: ServerQuestion, to device: DeviceID?) async throws -> ServerAnswer
}

/// What the server's administrator does.
package protocol ServerAdministration: Sendable {
    /// Lets one device enrol that brings the invitation's secret.
    func invite(_ invitation: Invitation) async throws
    /// Refuses a device from now on, known or not; or no more.
    func block(_ device: DeviceID, _ isBlocked: Bool) async throws
    /// Leaves a device enrolled when it is removed from its last space; or no more. Returns whether it is enrolled.
    func keep(_ device: DeviceID, _ isKept: Bool) async throws -> Bool
    /// What there is.
    func status() async throws -> StoreStatus
    /// Writes a copy of everything as it stands now. There is no file of this name yet.
    func backup(to path: String) async throws
    /// Cuts the log of a space that forked back to this record, so that the branch that follows it there can come.
    ///
    /// Records after it are set aside, with the batches that name them. Returns whether the log has such a record.
    func settle(_ space: SpaceID, head: Hash256) async throws -> Bool
    /// Leaves no byte on the disk of what was forgotten, if anything was since the last time.
    ///
    /// Returns whether nothing is left; else it is to be tried again later.
    func scrub() async throws -> Bool
    func close() async throws
}
