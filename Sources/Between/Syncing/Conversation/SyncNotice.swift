package import Causality
package import Wire

/// What a conversation reports to the user, or to the command that runs it.
package enum SyncNotice: Hashable, Sendable {
    /// This many edits are now on the server's disk.
    case sent(Int)
    /// This many edits were received and are on this disk.
    case received(Int)
    /// The server lacks this many edits that it once held; they are being sent again.
    case serverWentBack(Int)
    /// Different edits of these feeds were signed with the same dots, as two signatures prove; ours are rebased.
    case forked(lines: [ReplicaID])
    /// Edits that could not keep their dots: the numbers of rebased and of quarantined ones.
    case rewrote(Int, setAside: Int)
    /// The server claims to have this many edits of a feed, or another device saw them, and does not send them; or it
    /// sends edits without a valid author, or that refer to a record that it withholds.
    case withheld(ReplicaID, ErrorCode, edits: Int)
    /// The server refuses this feed, or claims without proof that it forked; other feeds continue.
    case stuck(ReplicaID, ErrorCode, edits: Int)
    /// This many edits that are shown or needed here came without contents, and the server claims to have none.
    case missing(Int)
    /// So many batches were refused that the space was given up for a while.
    case flooded(Int)
    /// The exchange restarts after a rest: alarms that persist are reported again.
    case beginsAgain
    /// Everything movable has moved, and the sides are not up to date; the reasons were reported before.
    case unsettled
    /// The server claimed something that no record proves.
    case unproved(ErrorCode)
    /// Neither side lacks anything of the other, as far as both have reported.
    case inStep
    /// The requested record is in both logs.
    case recordStands
    /// The requested record was refused, and nothing changed.
    case recordRefused(ErrorCode)
    /// The newest key was invalid, or a removed device had it: this device started a new epoch itself.
    case keysRenewed
    /// The exchange of this space has ended until something changes.
    case spaceStopped(ErrorCode)
}
