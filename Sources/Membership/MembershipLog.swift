public import Causality

/// The membership of a space: a chain of records, each signed by a member, verified as it is built.
///
/// Servers verify it like devices. It begins with a genesis, from which the space's id is derived; a caller that
/// expects a certain space compares ``space``. If two devices extend a log at the same time, it forks; choosing a
/// branch is not done here.
///
/// It keeps its history, so that a batch is judged at the newest record that its author knew: see
/// ``status(of:end:signingKey:previousHead:)``.
public struct MembershipLog: Sendable {
    /// A device of the space, with its person.
    public struct Member: Hashable, Sendable {
        public let person: PersonID
        /// The person's role, the same on all of their devices.
        public let role: Role
        public let device: DeviceIdentity
        /// Whether it is a printed recovery key rather than a machine.
        public let isRecovery: Bool
        /// The binding of a recovery key to its space; `nil` for machines, and for keys of earlier versions.
        public let binding: RecoveryBinding?

        /// Whether it is a recovery key of an earlier version, for which only the server says which space it opens.
        public var isUnbound: Bool { isRecovery && binding == nil }

        /// - Parameter binding: for recovery keys only.
        public init(
            person: PersonID, role: Role, device: DeviceIdentity, isRecovery: Bool = false,
            binding: RecoveryBinding? = nil
        ) {
            precondition(binding == nil || isRecovery, "a machine needs no binding")
            self.person = person
            self.role = role
            self.device = device
            self.isRecovery = isRecovery
            self.binding = binding
        }
    }

    /// The period of one space key.
    public struct Epoch: Hashable, Sendable {
        /// The ``MembershipRecord/bodyHash`` of the record that began it.
        public let name: Hash256
        /// The frontier with which the epoch ended; `nil` while it is current.
        public internal(set) var cut: Frontier?
    }

    public let space: SpaceID
    public let suite: Suite
    /// The version of the space's batch format; a device that cannot read it stops syncing, and reports `update`.
    public let batchVersion: Int
    /// The records in order; never empty.
    public private(set) var records: [MembershipRecord]
    /// The hash of the last record.
    public private(set) var head: Hash256

    private(set) var positions: [Hash256: Int]
    private(set) var devices = DeviceRegister()
    private(set) var timeline: EpochTimeline
    /// The raises of each feed, in the order of the records.
    private(set) var raises: [ReplicaID: [Raise]] = [:]

    /// How many of the records this value verified; the others came with a form of an earlier verification.
    public private(set) var verifiedCount: Int

    /// Begins a log with a genesis record.
    ///
    /// - Throws: ``MembershipError/noGenesis`` or ``MembershipError/badSignature``.
    public init(genesis record: MembershipRecord) throws(MembershipError) {
        guard case .genesis(let genesis, _) = record.content else { throw .noGenesis }
        guard record.isSigned(by: genesis.device) else { throw .badSignature }
        self.init(record, genesis)
        verifiedCount = 1
    }

    /// Reads and verifies a whole log, one record per element.
    ///
    /// - Throws: the error of the first bad record; ``MembershipError/noGenesis`` if there are no records.
    public init(parsing lines: some Sequence<[UInt8]>) throws(MembershipError) {
        var iterator = lines.makeIterator()
        guard let first = iterator.next() else { throw .noGenesis }
        try self.init(genesis: try MembershipRecord(parsing: first))
        while let line = iterator.next() { try append(try MembershipRecord(parsing: line)) }
    }

    /// Begins a log whose genesis was verified before.
    private init(_ record: MembershipRecord, _ genesis: Genesis) {
        space = genesis.space
        suite = genesis.suite
        batchVersion = genesis.batchVersion
        records = [record]
        head = record.hash
        positions = [record.hash: 0]
        timeline = EpochTimeline(first: record.bodyHash)
        devices.add(Member(person: genesis.person, role: .owner, device: genesis.device), at: 0)
        verifiedCount = 0
    }

    /// Verifies and appends the record that follows the head, or throws and changes nothing.
    public mutating func append(_ record: MembershipRecord) throws(MembershipError) {
        guard records.count < MembershipLimits.recordsMax else { throw .tooLong }
        guard let previous = record.previous else { throw .secondGenesis }
        guard previous == head else { throw .wrongPrevious }
        guard let author = member(record.author) else { throw .unknownAuthor }
        guard record.isSigned(by: author.device) else { throw .badSignature }
        switch record.content {
        case .genesis: throw .secondGenesis
        case .unknown(let kind): throw .unknownKind(kind)
        case .add(let member, let wrap): try check(adding: member, wrap, by: author)
        case .remove(let removed, let beginning): try check(removing: removed, beginning, by: author)
        case .rotate(let beginning): try check(rotating: beginning, by: author)
        case .leave(let leaving): try check(leaving: leaving, by: author)
        case .raise(let ends): try check(raising: ends, by: author)
        }
        take(record)
        verifiedCount += 1
    }

    /// Appends a verified record.
    private mutating func take(_ record: MembershipRecord) {
        let position = records.count
        switch record.content {
        case .genesis, .unknown: preconditionFailure("a record that follows none, or says nothing known")
        case .add(let member, _):
            devices.add(member, at: position)
            timeline.pass()
        case .remove(let removed, let beginning):
            devices.remove(Set(removed), at: position)
            timeline.begin(record.bodyHash, cut: beginning.cut)
        case .rotate(let beginning): timeline.begin(record.bodyHash, cut: beginning.cut)
        case .leave(let leaving):
            devices.remove(Set(leaving), at: position)
            timeline.pass()
        case .raise(let ends):
            for end in ends.ends { raises[end.dot.replica, default: []].append(Raise(position: position, end: end)) }
            timeline.pass()
        }
        records.append(record)
        head = record.hash
        positions[record.hash] = position
    }
}

/// Storing a verified log, and reading it without verifying it again.
extension MembershipLog {
    /// A stored record.
    public struct Kept: Hashable, Sendable {
        public let bytes: [UInt8]
        /// The parsed form, written after the record was verified as part of this log; see
        /// ``MembershipRecord/keptForm``. `nil` if it was not verified yet.
        public let form: [UInt8]?

        public init(_ bytes: [UInt8], form: [UInt8]?) {
            self.bytes = bytes
            self.form = form
        }
    }

    /// Reads a stored log. Costs the reading, and no verification of signatures.
    ///
    /// Forms are trusted as much as the place where they are stored. A record without a readable form, such as one of
    /// another version, is verified.
    ///
    /// - Throws: as ``init(parsing:)``.
    public init(keeping kept: some Sequence<Kept>) throws(MembershipError) {
        var iterator = kept.makeIterator()
        guard let first = iterator.next() else { throw .noGenesis }
        if let record = MembershipRecord(first), case .genesis(let genesis, _) = record.content {
            self.init(record, genesis)
        } else {
            try self.init(genesis: try MembershipRecord(parsing: first.bytes))
        }
        while let next = iterator.next() { try append(next) }
    }

    /// Appends a stored record that follows the head, or throws and changes nothing.
    ///
    /// - Throws: as ``append(_:)``.
    public mutating func append(_ kept: Kept) throws(MembershipError) {
        // `previous` covers the whole log before the record, and so the log against which the record was verified.
        guard let record = MembershipRecord(kept), record.previous == head,
            records.count < MembershipLimits.recordsMax
        else { return try append(try MembershipRecord(parsing: kept.bytes)) }
        take(record)
    }

    /// The log as it was when the record at this position was the head.
    public func prefix(through position: Int) -> MembershipLog? {
        guard records.indices.contains(position), case .genesis(let genesis, _) = records[0].content else { return nil }
        var log = MembershipLog(records[0], genesis)
        for record in records[1..<(position + 1)] { log.take(record) }
        return log
    }

    /// The records from this position on, in the form to store.
    public func kept(from position: Int = 0) -> [Kept] { records(from: position).map(\.kept) }
}

extension MembershipLog: Hashable {
    /// All other properties are derived from the records.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.head == rhs.head && lhs.records == rhs.records }

    public func hash(into hasher: inout Hasher) { hasher.combine(head) }
}

// MARK: - Rules

/// The rules by which a record at the head is valid. All devices and servers apply the same, and so agree on the log.
extension MembershipLog {
    private func check(adding member: Member, _ wrap: KeyWrap, by author: Member) throws(MembershipError) {
        guard author.role == .owner || author.person == member.person else { throw .noRight }
        guard !devices.knows(member.device.id) else { throw .deviceAgain }
        // Otherwise no key could be wrapped to all devices while this one is a member.
        guard member.device.isUsable else { throw .unusableKey }
        guard wrap.device == member.device.id else { throw .wrongWraps }
        guard wrap.sealed.count == suite.wrapByteCount else { throw .malformed }
        // Records that are made here rather than read were not checked for this limit.
        guard member.binding?.clock.ends.count ?? 0 <= MembershipLimits.cutRowsMax else { throw .tooLong }
        guard members.count < MembershipLimits.devicesMax else { throw .spaceFull }
        let siblings = members.filter { $0.person == member.person }
        if let sibling = siblings.first {
            guard sibling.role == member.role else { throw .wrongRole }
            guard siblings.count < MembershipLimits.devicesPerPersonMax else { throw .tooManyDevices }
        } else {
            guard people.count < MembershipLimits.peopleMax else { throw .tooManyPeople }
        }
    }

    private func check(
        removing removed: [DeviceID], _ beginning: EpochBeginning, by author: Member
    ) throws(MembershipError) {
        guard !removed.isEmpty else { throw .malformed }
        for device in removed {
            guard let member = member(device) else { throw .notThere }
            // The author of a new epoch decides its cut and has every key.
            let mayEnd = author.person == member.person && !Defence.ownersEndEpochs.isUp
            guard author.role == .owner || mayEnd else { throw .noRight }
        }
        let removed = Set(removed)
        try checkOwnerStays(without: removed)
        try check(beginning, for: recipients(without: removed))
    }

    private func check(leaving devices: [DeviceID], by author: Member) throws(MembershipError) {
        guard !devices.isEmpty else { throw .malformed }
        for device in devices {
            guard let member = member(device) else { throw .notThere }
            guard author.person == member.person else { throw .noRight }
        }
        try checkOwnerStays(without: Set(devices))
    }

    private func check(raising ends: Frontier, by author: Member) throws(MembershipError) {
        guard author.role == .owner else { throw .noRight }
        guard !ends.ends.isEmpty else { throw .malformed }
        // Records that are made here rather than read were not checked for this limit.
        guard ends.ends.count <= MembershipLimits.cutRowsMax else { throw .tooLong }
    }

    private func checkOwnerStays(without removed: Set<DeviceID>) throws(MembershipError) {
        guard members.contains(where: { $0.role == .owner && !$0.isRecovery && !removed.contains($0.device.id) })
        else { throw .noOwnerLeft }
    }

    private func check(rotating beginning: EpochBeginning, by author: Member) throws(MembershipError) {
        guard author.role == .owner else { throw .noRight }
        try check(beginning, for: recipients(without: []))
    }

    private func check(
        _ beginning: EpochBeginning, for recipients: [DeviceIdentity]
    ) throws(MembershipError) {
        // Records that are made here rather than read were not checked for this limit.
        guard beginning.cut.ends.count <= MembershipLimits.cutRowsMax else { throw .tooLong }
        guard beginning.wraps.map(\.device) == recipients.map(\.id) else { throw .wrongWraps }
        guard beginning.before.count == suite.beforeByteCount,
            beginning.wraps.allSatisfy({ $0.sealed.count == suite.wrapByteCount })
        else { throw .malformed }
    }

    /// The devices to which a new epoch's keys are wrapped, in the order of their wraps.
    func recipients(without removed: Set<DeviceID>) -> [DeviceIdentity] {
        members.map(\.device).filter { !removed.contains($0.id) }.sorted { $0.id < $1.id }
    }
}

/// The right to forget entries. The author of a forget and every receiver apply the same rule, so that nobody refuses
/// a forget that another accepted.
extension MembershipLog {
    /// Whether a person may forget an entry, which deletes its boxes everywhere: an owner, or the person whom the
    /// proof names as the entry's author.
    ///
    /// - Parameters:
    ///   - signer: the signer of the batch as of the head that it names; see ``BatchStatus/good(_:)``.
    ///   - proof: the proof in the forget.
    ///   - hash: SHA-256.
    public func mayForget(
        _ entry: EntryID, by signer: Member, proof: EntryProof?, _ hash: HashFunction
    ) -> Bool {
        signer.role == .owner || proof?.entry(of: signer.person, in: space, hash) == entry
    }

    /// The first edit of a batch that its signer had no right to; `nil` if there is none.
    public func overreach(in batch: Batch, by signer: Member, _ hash: HashFunction) -> Dot? {
        batch.dotted.first { _, edit in
            edit.header.isForget
                && !mayForget(edit.header.entry, by: signer, proof: edit.header.proof, hash)
        }?.dot
    }
}

// MARK: - History

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
    public var epoch: Hash256 { timeline.epoch(at: records.count - 1).name }

    /// All epochs in order, the current one last.
    public var epochs: [Epoch] { timeline.epochs }

    /// The record that began an epoch.
    public func record(beginning epoch: Hash256) -> MembershipRecord? {
        timeline.index(of: epoch).map { records[timeline.starts[$0]] }
    }

    /// The epoch that was current when this record was the head; `nil` if the log has no such record.
    public func epoch(at head: Hash256) -> Hash256? { position(of: head).map { timeline.epoch(at: $0).name } }

    /// The last record at which an epoch was current; `nil` if there is no such epoch.
    public func lastHead(of epoch: Hash256) -> Hash256? {
        timeline.index(of: epoch).map { records[timeline.lastPosition(ofEpoch: $0)].hash }
    }

    /// Whether a device left and no epoch began since, so that it still has the keys: an owner's device must rotate.
    public var isEpochOwed: Bool { devices.lastDeparture.map { ($0 > timeline.starts.last ?? 0) } ?? false }

    /// The cut that ended an epoch; `nil` for the current epoch, and if there is no such epoch.
    public func cut(of epoch: Hash256) -> Frontier? { timeline.index(of: epoch).flatMap { timeline.epochs[$0].cut } }
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

/// The relation of another log to ours, as far as its length and head tell.
public enum LogRelation: Hashable, Sendable {
    case equal
    /// Theirs is a prefix of ours: send the records from this position on.
    case behind(from: Int)
    /// Theirs is longer. Its next records show whether it extends ours.
    case ahead
    /// Theirs is not longer than ours, and differs.
    case forked
}
