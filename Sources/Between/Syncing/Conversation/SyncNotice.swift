package import Causality
package import Wire

/// What a conversation has to tell a person, or a person's command.
package enum SyncNotice: Hashable, Sendable {
    /// So many edits are on the server's disk now.
    case sent(Int)
    /// So many edits came and are on this disk.
    case received(Int)
    /// The server lacks so many edits that it once held; they are being put back.
    case serverWentBack(Int)
    /// Edits of these lines were written twice under one name; this device's are written again.
    case forked(lines: Int)
    /// Edits could not keep their names: so many were written again, so many set aside.
    case rewrote(Int, setAside: Int)
    /// The server shows a line, and not what its author had seen, or what no author wrote.
    case withheld(ReplicaID, ErrorCode)
    /// The server does not take this line; other lines go on.
    case stuck(ReplicaID, ErrorCode)
    /// Neither side holds what the other lacks, as far as either has said.
    case inStep
    /// The record that a person asked for stands in both logs.
    case recordStands
    /// It does not, and nothing changed.
    case recordRefused(ErrorCode)
    /// The newest key was no good, or a device that left had it: this device began a new epoch by itself.
    case keysRenewed
    /// The space's exchange is over until something changes.
    case spaceStopped(ErrorCode)
}
