import Causality
import Membership
import Sealing
import Wire

/// A place in a space that this device may take: what follows is to found the space here, and to download it.
struct ClaimedPlace: Sendable {
    let device: DeviceKeys
    let place: ServerPlace
    /// The log of the space, verified, with this device in it.
    let log: MembershipLog
    /// Where lines ended at the member who let this device in, or when the key was made.
    let clock: Frontier
    var voucher = SpaceVoucher.member
}

/// Who says that a log which a server shows is that of the space which is meant.
package enum SpaceVoucher: String, Hashable, Sendable {
    /// A member, who let this device in.
    case member
    /// A printed key that is bound to it.
    case key
    /// The server alone, which may have named a space of its own.
    case server
}
