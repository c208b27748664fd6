public import Causality

/// What is, and what was when a record was the head. Nothing here replays the log.
extension MembershipLog {
    /// The devices of the space, in the order in which they came.
    public var members: [Member] { devices.members }

    /// A device of the space, if it is one.
    public func member(_ device: DeviceID) -> Member? { devices.member(device) }

    /// The device whose signing key a line's ``ReplicaOrigin`` announced, if it is of the space.
    public func member(signingKey: [UInt8]) -> Member? { devices.member(signingKey: signingKey) }

    /// A device, if it was of the space when this record was the head; `nil` also if the log has no such record.
    public func member(_ device: DeviceID, at head: Hash256) -> Member? {
        position(of: head).flatMap { devices.member(device, at: $0) }
    }

    /// The device of this signing key, if it was of the space when this record was the head.
    public func member(signingKey: [UInt8], at head: Hash256) -> Member? {
        position(of: head).flatMap { devices.member(signingKey: signingKey, at: $0) }
    }

    public func isCurrentMember(_ device: DeviceID) -> Bool { member(device) != nil }

    /// Whether any device that was of the space is no more.
    public var hasDepartures: Bool { devices.lastDeparture != nil }

    /// Whether the device was of the space, and is no more.
    public func wasRemoved(_ device: DeviceID) -> Bool { devices.knows(device) && member(device) == nil }

    /// The people of the space, in the order in which the devices that they have came.
    public var people: [PersonID] {
        var known: Set<PersonID> = []
        return members.map(\.person).filter { known.insert($0).inserted }
    }

    /// The place of a record in ``records``, by its hash.
    public func position(of head: Hash256) -> Int? { positions[head] }

    /// The record that added a device, or began the log with it; also if the device has gone since.
    public func record(adding device: DeviceID) -> MembershipRecord? {
        devices.arrival(of: device).map { records[$0] }
    }

    /// The record with which a device went.
    public func record(removing device: DeviceID) -> MembershipRecord? {
        records.last { $0.departing.contains(device) }
    }
}

/// Epochs.
extension MembershipLog {
    /// The epoch that reigns now: the ``MembershipRecord/bodyHash`` of the record that began it.
    public var epoch: Hash256 { reigns.epoch(at: records.count - 1).name }

    /// The epochs, from genesis' to the one that reigns.
    public var epochs: [Epoch] { reigns.epochs }

    /// The record that began an epoch of this log.
    public func record(beginning epoch: Hash256) -> MembershipRecord? {
        reigns.index(of: epoch).map { records[reigns.starts[$0]] }
    }

    /// The epoch that reigned when this record was the head; `nil` if the log has no such record.
    public func epoch(at head: Hash256) -> Hash256? { position(of: head).map { reigns.epoch(at: $0).name } }

    /// The last record at which an epoch reigned; `nil` if there is no such epoch.
    public func lastHead(of epoch: Hash256) -> Hash256? {
        reigns.index(of: epoch).map { records[reigns.lastPosition(ofEpoch: $0)].hash }
    }

    /// Whether a device left and no epoch began since, so that it has the keys still: an owner's device owes one.
    public var isEpochOwed: Bool { devices.lastDeparture.map { ($0 > reigns.starts.last ?? 0) } ?? false }

    /// What there was of the space when an epoch ended; `nil` while it reigns, and if there is no such epoch.
    public func cut(of epoch: Hash256) -> Frontier? { reigns.index(of: epoch).flatMap { reigns.epochs[$0].cut } }
}

/// Another's log.
extension MembershipLog {
    /// How many records there are, and the last one's hash.
    public var end: (count: Int, head: Hash256) { (records.count, head) }

    /// How a log that ends so stands to this one.
    ///
    /// - Parameters:
    ///   - count: how many records it has; any number.
    ///   - head: its last record's hash; `nil` for an empty log.
    public func relation(toCount count: Int, head: Hash256?) -> LogRelation {
        guard count <= records.count else { return .ahead }
        guard count > 0 else { return head == nil && count == 0 ? .behind(from: 0) : .forked }
        guard records[count - 1].hash == head else { return .forked }
        return count == records.count ? .equal : .behind(from: count)
    }

    /// The records from this position on; none if the log does not go so far.
    public func records(from position: Int) -> ArraySlice<MembershipRecord> { records.dropFirst(max(position, 0)) }
}
