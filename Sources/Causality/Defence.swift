/// What stands between a journal and somebody who lies: a server, a stolen device, a member. `docs/threats.md` has a
/// row for each.
///
/// Each can be taken down by a test of this package, and by nothing else, so that a test which holds with the defence
/// is seen to fail without it. A product never takes one down: the access is the package's, and no command names it.
package enum Defence: String, CaseIterable, Sendable {
    /// A server's refusal counts only if one's own judge says the same.
    case judgesRefusals
    /// A fork is believed by two signed batches of one device at one place.
    case wantsForkProof
    /// One conversation rewrites edits once at most.
    case rewritesOnce
    /// What never comes ends a wait, and is told.
    case endsWaits
    /// An edit without its box is not up to date.
    case countsContents
    /// A removal is believed with its record.
    case wantsRemovalRecord
    /// A cut ends the feeds of removed devices only, and what staying owners had seen stays.
    case keepsStayersEdits
    /// Only owners end epochs.
    case ownersEndEpochs
    /// A server takes no cut by which anything that it holds becomes late.
    case comparesCuts
    /// What a device writes waits after a record that removes it came too late for what it had written.
    case pausesWhoIsRemoved
    /// A device that cannot open the newest epoch keeps its journal, and an owner's device begins another.
    case repairsEpochs
    /// A device hands on the keys of good epochs to which the one that is followed does not lead.
    case handsKeysOn
    /// `kind`, `made` and `author` are those of the first edit.
    case keepsFirstFields
    /// A device is described by itself or by who added it.
    case ownsDescriptions
    /// A printed key opens the space that it was made for, and no other that a server names.
    case bindsRecovery
    /// A claim is what the newcomer had committed itself to before it saw what was replied.
    case commitsWords
    /// A newcomer is told where all lines ended at who lets it in, short ones too.
    case grantsWholeClock
    /// A device whose signatures prove nothing is none.
    case refusesSmallOrder
    /// What a server has a device set aside has an end: in one conversation, and of one sender.
    case boundsJunk

    @TaskLocal package static var down: Set<Defence> = []

    package var stands: Bool { !Self.down.contains(self) }
}
