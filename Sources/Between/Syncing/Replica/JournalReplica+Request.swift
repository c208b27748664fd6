package import Causality
package import Membership
package import Sealing

/// A change of who is in a space, as a person asks for it; the record is made when both sides are in step.
package enum RecordRequest: Hashable, Sendable {
    case add(DeviceIdentity, person: PersonID, role: Role)
    /// A printed key, bound to the space and to what it holds when the record is made.
    case addKey(RecoveryKey, person: PersonID, role: Role)
    case remove([DeviceID])
    /// New keys in the place of those of this epoch.
    case rotate(from: Hash256)

    /// Whether it ends an epoch, and so needs a cut.
    package var endsEpoch: Bool {
        switch self {
        case .add, .addKey: false
        case .remove, .rotate: true
        }
    }

    /// Whether all is so already.
    func isDone(in log: MembershipLog) -> Bool {
        switch self {
        case .add(let device, _, _): log.isCurrentMember(device.id)
        case .addKey(let key, _, _): log.isCurrentMember(key.deviceKeys.identity.id)
        case .remove(let devices): !devices.contains(where: log.isCurrentMember)
        case .rotate(let epoch): log.epoch != epoch
        }
    }
}
