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
    /// Where lines ended at the member who let this device in; empty if nobody did.
    let clock: Frontier
}
