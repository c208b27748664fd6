import Causality
import Membership
import Sealing
import Wire

/// Membership that this device has obtained; the space is then set up here and downloaded.
struct ClaimedPlace: Sendable {
    let device: DeviceKeys
    let place: ServerPlace
    /// The verified log of the space, which contains this device.
    let log: MembershipLog
    /// The tips of the member who admitted this device, or those when the key was made.
    let clock: Frontier
    var voucher = SpaceVoucher.member
}

/// The party that vouches that a log shown by a server is that of the intended space.
package enum SpaceVoucher: String, Hashable, Sendable {
    /// A member who admitted this device.
    case member
    /// A recovery key that is bound to the space.
    case key
    /// Only the server, which may have named a space of its own.
    case server
}
