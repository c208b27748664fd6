public import Causality

/// The membership of a space: a chain of records, each signed by a member, verified as it is built.
///
/// Servers verify it like devices. It begins with a genesis, from which the space's id is derived; a caller that
/// expects a certain space compares ``space``. If two devices extend a log at the same time, it forks; choosing a
/// branch is not done here.
///
/// It keeps its history, so that a batch is judged at the newest record that its author knew: see
/// ``standing(of:end:signingKey:previousHead:)``.
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
    private(set) var reigns: EpochRegister
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
        reigns = EpochRegister(first: record.bodyHash)
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
            reigns.pass()
        case .remove(let removed, let beginning):
            devices.remove(Set(removed), at: position)
            reigns.begin(record.bodyHash, cut: beginning.cut)
        case .rotate(let beginning): reigns.begin(record.bodyHash, cut: beginning.cut)
        case .leave(let leaving):
            devices.remove(Set(leaving), at: position)
            reigns.pass()
        case .raise(let ends):
            for end in ends.ends { raises[end.dot.replica, default: []].append(Raise(position: position, end: end)) }
            reigns.pass()
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
