package import Causality
package import Membership
package import Sealing

/// A requested change of the membership; the record is made when both sides are up to date.
package enum RecordRequest: Hashable, Sendable {
    case add(DeviceIdentity, person: PersonID, role: Role)
    /// A recovery key, bound to the space and to its state when the record is made.
    case addKey(RecoveryKey, person: PersonID, role: Role)
    case remove([DeviceID])
    /// Replaces the keys of this epoch.
    case rotate(from: Hash256)

    /// Whether it ends an epoch, and so needs a cut.
    package var endsEpoch: Bool {
        switch self {
        case .add, .addKey: false
        case .remove, .rotate: true
        }
    }

    /// Whether the log already fulfils it.
    func isDone(in log: MembershipLog) -> Bool {
        switch self {
        case .add(let device, _, _): log.isCurrentMember(device.id)
        case .addKey(let key, _, _): log.isCurrentMember(key.deviceKeys.identity.id)
        case .remove(let devices): !devices.contains(where: log.isCurrentMember)
        case .rotate(let epoch): log.epoch != epoch
        }
    }
}
