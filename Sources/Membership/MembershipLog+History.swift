public import Causality

/// Current and historical membership. Nothing here replays the log.
extension MembershipLog {
    /// The current devices, in the order in which they were added.
    public var members: [Member] { devices.members }

    /// The current member with this id.
    public func member(_ device: DeviceID) -> Member? { devices.member(device) }

    /// The current member whose signing key a feed's ``ReplicaOrigin`` announced.
    public func member(signingKey: [UInt8]) -> Member? { devices.member(signingKey: signingKey) }

    /// The device, if it was a member when this record was the head; `nil` also if the log has no such record.
    public func member(_ device: DeviceID, at head: Hash256) -> Member? {
        position(of: head).flatMap { devices.member(device, at: $0) }
    }

    /// The device with this signing key, if it was a member when this record was the head.
    public func member(signingKey: [UInt8], at head: Hash256) -> Member? {
        position(of: head).flatMap { devices.member(signingKey: signingKey, at: $0) }
    }

    public func isCurrentMember(_ device: DeviceID) -> Bool { member(device) != nil }

    /// Whether any device was removed.
    public var hasDepartures: Bool { devices.lastDeparture != nil }

    /// Whether the device was a member, and is not any more.
    public func wasRemoved(_ device: DeviceID) -> Bool { devices.knows(device) && member(device) == nil }

    /// The people of the space, in the order in which their current devices were added.
    public var people: [PersonID] {
        var known: Set<PersonID> = []
        return members.map(\.person).filter { known.insert($0).inserted }
    }

    /// The index of a record in ``records``, by its hash.
    public func position(of head: Hash256) -> Int? { positions[head] }

    /// The record that added a device, or the genesis for the first; also if the device was removed since.
    public func record(adding device: DeviceID) -> MembershipRecord? {
        devices.arrival(of: device).map { records[$0] }
    }

    /// The record that removed a device.
    public func record(removing device: DeviceID) -> MembershipRecord? {
        records.last { $0.departing.contains(device) }
    }
}

/// Epochs.
extension MembershipLog {
    /// The current epoch: the ``MembershipRecord/bodyHash`` of the record that began it.
    public var epoch: Hash256 { reigns.epoch(at: records.count - 1).name }

    /// All epochs in order, the current one last.
    public var epochs: [Epoch] { reigns.epochs }

    /// The record that began an epoch.
    public func record(beginning epoch: Hash256) -> MembershipRecord? {
        reigns.index(of: epoch).map { records[reigns.starts[$0]] }
    }

    /// The epoch that was current when this record was the head; `nil` if the log has no such record.
    public func epoch(at head: Hash256) -> Hash256? { position(of: head).map { reigns.epoch(at: $0).name } }

    /// The last record at which an epoch was current; `nil` if there is no such epoch.
    public func lastHead(of epoch: Hash256) -> Hash256? {
        reigns.index(of: epoch).map { records[reigns.lastPosition(ofEpoch: $0)].hash }
    }

    /// Whether a device left and no epoch began since, so that it still has the keys: an owner's device must rotate.
    public var isEpochOwed: Bool { devices.lastDeparture.map { ($0 > reigns.starts.last ?? 0) } ?? false }

    /// The cut that ended an epoch; `nil` for the current epoch, and if there is no such epoch.
    public func cut(of epoch: Hash256) -> Frontier? { reigns.index(of: epoch).flatMap { reigns.epochs[$0].cut } }
}

/// Comparison with another log.
extension MembershipLog {
    /// The number of records, and the last one's hash.
    public var end: (count: Int, head: Hash256) { (records.count, head) }

    /// The relation of a log with this end to this one.
    ///
    /// - Parameters:
    ///   - count: the number of its records; any number.
    ///   - head: the hash of its last record; `nil` for an empty log.
    public func relation(toCount count: Int, head: Hash256?) -> LogRelation {
        guard count <= records.count else { return .ahead }
        guard count > 0 else { return head == nil && count == 0 ? .behind(from: 0) : .forked }
        guard records[count - 1].hash == head else { return .forked }
        return count == records.count ? .equal : .behind(from: count)
    }

    /// The records from this position on; empty if the log is shorter.
    public func records(from position: Int) -> ArraySlice<MembershipRecord> { records.dropFirst(max(position, 0)) }
}
