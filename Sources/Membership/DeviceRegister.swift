import Causality

/// The current and former devices of a space, each with the log positions at which it was added and removed.
///
/// A device is added once and removed at most once, so one row is its whole history.
struct DeviceRegister: Sendable {
    private struct Stay {
        let member: MembershipLog.Member
        let first: Int
        /// The position of the record that removed it.
        var end: Int?

        func covers(_ position: Int) -> Bool { first <= position && end.map { position < $0 } ?? true }
    }

    private var stays: [Stay] = []
    private var places: [DeviceID: Int] = [:]
    /// The position of the last record that removed a device.
    private(set) var lastDeparture: Int?
    private var placesByKey: [[UInt8]: Int] = [:]
    /// The current devices, in the order in which they were added.
    private(set) var members: [MembershipLog.Member] = []

    mutating func add(_ member: MembershipLog.Member, at position: Int) {
        places[member.device.id] = stays.count
        placesByKey[member.device.signingKey] = stays.count
        stays.append(Stay(member: member, first: position, end: nil))
        members.append(member)
    }

    mutating func remove(_ devices: Set<DeviceID>, at position: Int) {
        for device in devices { if let place = places[device] { stays[place].end = position } }
        lastDeparture = position
        members.removeAll { devices.contains($0.device.id) }
    }

    /// Whether the device is or was a member.
    func knows(_ device: DeviceID) -> Bool { places[device] != nil }

    /// The device, if it is a member now.
    func member(_ device: DeviceID) -> MembershipLog.Member? { current(places[device]) }

    func member(signingKey: [UInt8]) -> MembershipLog.Member? { current(placesByKey[signingKey]) }

    /// The device, if it was a member when the record at this position was the head.
    func member(_ device: DeviceID, at position: Int) -> MembershipLog.Member? {
        stay(places[device], at: position)
    }

    func member(signingKey: [UInt8], at position: Int) -> MembershipLog.Member? {
        stay(placesByKey[signingKey], at: position)
    }

    /// The position at which the device was added, also if it was removed since.
    func arrival(of device: DeviceID) -> Int? { places[device].map { stays[$0].first } }

    /// The position of the record that removed the device with this signing key; `nil` while it is a member.
    func departure(signingKey: [UInt8]) -> Int? { placesByKey[signingKey].flatMap { stays[$0].end } }

    private func current(_ place: Int?) -> MembershipLog.Member? {
        guard let place, stays[place].end == nil else { return nil }
        return stays[place].member
    }

    private func stay(_ place: Int?, at position: Int) -> MembershipLog.Member? {
        guard let place, stays[place].covers(position) else { return nil }
        return stays[place].member
    }
}
