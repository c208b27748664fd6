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
    /// Other edits of these lines were written under the same names, as two signatures show; what is here is written again.
    case forked(lines: [ReplicaID])
    /// Edits could not keep their names: so many were written again, so many set aside.
    case rewrote(Int, setAside: Int)
    /// The server says that there are so many edits of a line, or somebody saw them, and does not show them; or it shows
    /// what no author wrote, or what names a record that it hides.
    case withheld(ReplicaID, ErrorCode, edits: Int)
    /// The server does not take this line, or says without proof that it forked; other lines go on.
    case stuck(ReplicaID, ErrorCode, edits: Int)
    /// So many edits that are shown or needed here came without contents, and the server says that it has none.
    case missing(Int)
    /// So many batches came that cannot be taken that the space was given up for a while.
    case flooded(Int)
    /// A space that was given up for a while, or could not move all, begins anew: what still is so is told again.
    case beginsAgain
    /// All moved that could, and the two sides are not in step: what keeps them apart was told before.
    case unsettled
    /// The server said something that no record shows.
    case unproved(ErrorCode)
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
