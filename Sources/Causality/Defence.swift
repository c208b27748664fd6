/// A defence of a journal against a lying server, a stolen device or a malicious member. `docs/threats.md` has a row
/// for each.
///
/// Tests of this package can switch each defence off, to see that a test which passes with the defence fails without
/// it. Nothing else can: the access is `package`, and no command uses it.
package enum Defence: String, CaseIterable, Sendable {
    /// A server's refusal of a batch counts only if the device's own judge agrees.
    case judgesRefusals
    /// A fork is believed only with two signed batches of one device at the same place.
    case wantsForkProof
    /// A conversation rebases edits at most once.
    case rewritesOnce
    /// A wait for data that the server withholds ends, and is reported.
    case endsWaits
    /// A device is up to date only if it has the boxes of all edits.
    case countsContents
    /// A removal is believed only with its membership record.
    case wantsRemovalRecord
    /// A cut ends the feeds of removed devices only; edits that remaining owners had seen stay.
    case keepsStayersEdits
    /// Only owners may end epochs.
    case ownersEndEpochs
    /// A server refuses a cut that would exclude edits that it holds.
    case comparesCuts
    /// When a removal's cut is too old, the server pauses batches of the removed devices, so that the next try fits.
    case pausesWhoIsRemoved
    /// A device that cannot open the newest epoch keeps its journal, and an owner's device begins a new epoch.
    case repairsEpochs
    /// A device hands on the keys of good epochs to which the followed one does not lead.
    case handsKeysOn
    /// The fields `kind`, `made` and `author` keep the values of the entry's first edit.
    case keepsFirstFields
    /// A device's description is written by itself or by the device that added it.
    case ownsDescriptions
    /// A printed recovery key opens only the space that it was made for, whatever a server claims.
    case bindsRecovery
    /// A newcomer commits to its pairing claim before it sees the reply.
    case commitsWords
    /// A pairing grant contains the tips of all feeds at the granting device, short ones too.
    case grantsWholeClock
    /// A device key of small order, whose signatures prove nothing, is refused.
    case refusesSmallOrder
    /// The quarantine is bounded per conversation and per sending device.
    case boundsJunk

    @TaskLocal package static var down: Set<Defence> = []

    package var isUp: Bool { !Self.down.contains(self) }
}
