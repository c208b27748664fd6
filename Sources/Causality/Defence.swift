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
    /// A recovery key opens the space that it is bound to and no other.
    case bindsRecovery
    /// A cut ends the feeds of removed devices only, and what staying owners had seen stays.
    case keepsStayersEdits
    /// Only owners end epochs.
    case ownersEndEpochs
    /// A server takes no cut by which anything that it holds becomes late.
    case comparesCuts
    /// A device that cannot open the newest epoch keeps its journal, and an owner's device begins another.
    case repairsEpochs
    /// The words of a pairing are committed to before they are known.
    case commitsToWords
    /// The whole clock of the other device is compared after joining.
    case comparesWholeClock
    /// `kind`, `made` and `author` are those of the first edit.
    case keepsFirstFields
    /// A device is described by itself or by who added it.
    case ownsDescriptions

    @TaskLocal package static var down: Set<Defence> = []

    package var stands: Bool { !Self.down.contains(self) }
}
