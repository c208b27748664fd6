public import Causality

/// Who is in a space: a chain of records, each signed by a member, verified as it is built.
///
/// Everybody verifies it alike, servers included. It begins with a genesis, which
/// names the space; whoever expects a certain space compares ``space``. A log that
/// two devices extended at once forks; which branch stands is not decided here.
///
/// It remembers its past, so that a batch is judged by the record that its author
/// knew as the last: see ``standing(of:end:signingKey:previousHead:)``.
public struct MembershipLog: Sendable {
    /// A device of the space, and whose it is.
    public struct Member: Hashable, Sendable {
        public let person: PersonID
        /// The person's; all his devices have it.
        public let role: Role
        public let device: DeviceIdentity
        /// Whether it is no machine but a printed key.
        public let isRecovery: Bool
        /// How a printed key knows its space; `nil` for machines, and for keys of earlier versions.
        public let binding: RecoveryBinding?

        /// Whether it is a printed key of an earlier version: nothing but a server says which space that one opens.
        public var isUnbound: Bool { isRecovery && binding == nil }

        /// - Parameter binding: of a recovery key only.
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

    /// The reign of one key.
    public struct Epoch: Hashable, Sendable {
        /// The ``MembershipRecord/bodyHash`` of the record that began it.
        public let name: Hash256
        /// What there was of the space when it ended; `nil` while it reigns.
        public internal(set) var cut: Frontier?
    }

    public let space: SpaceID
    public let suite: Suite
    /// The form of the space's batches; a device that cannot read it stops there, and says `update`.
    public let batchVersion: Int
    /// The records in their order; never empty.
    public private(set) var records: [MembershipRecord]
    /// The hash of the last record.
    public private(set) var head: Hash256

    private(set) var positions: [Hash256: Int]
    private(set) var devices = DeviceRegister()
    private(set) var reigns: EpochRegister
    /// Of each line all that records raise, in the order of the records.
    private(set) var raises: [ReplicaID: [Raise]] = [:]

    /// Begins a log.
    ///
    /// - Throws: ``MembershipError/noGenesis`` or ``MembershipError/badSignature``.
    public init(genesis record: MembershipRecord) throws(MembershipError) {
        guard case .genesis(let genesis, _) = record.content else { throw .noGenesis }
        guard record.isSigned(by: genesis.device) else { throw .badSignature }
        space = genesis.space
        suite = genesis.suite
        batchVersion = genesis.batchVersion
        records = [record]
        head = record.hash
        positions = [record.hash: 0]
        reigns = EpochRegister(first: record.bodyHash)
        devices.add(Member(person: genesis.person, role: .owner, device: genesis.device), at: 0)
    }

    /// Reads and verifies a whole log from anybody's lines, one record each.
    ///
    /// - Throws: why the first bad record is not taken; ``MembershipError/noGenesis`` if there is none.
    public init(parsing lines: some Sequence<[UInt8]>) throws(MembershipError) {
        var iterator = lines.makeIterator()
        guard let first = iterator.next() else { throw .noGenesis }
        try self.init(genesis: try MembershipRecord(parsing: first))
        while let line = iterator.next() { try append(try MembershipRecord(parsing: line)) }
    }

    /// Takes the record that follows the head, or nothing.
    public mutating func append(_ record: MembershipRecord) throws(MembershipError) {
        guard records.count < MembershipLimits.recordsMax else { throw .tooLong }
        guard let previous = record.previous else { throw .secondGenesis }
        guard previous == head else { throw .wrongPrevious }
        guard let author = member(record.author) else { throw .unknownAuthor }
        guard record.isSigned(by: author.device) else { throw .badSignature }
        let position = records.count
        switch record.content {
        case .genesis: throw .secondGenesis
        case .unknown(let kind): throw .unknownKind(kind)
        case .add(let member, let wrap):
            try check(adding: member, wrap, by: author)
            devices.add(member, at: position)
            reigns.pass()
        case .remove(let removed, let beginning):
            try check(removing: removed, beginning, by: author)
            devices.remove(Set(removed), at: position)
            reigns.begin(record.bodyHash, cut: beginning.cut)
        case .rotate(let beginning):
            try check(rotating: beginning, by: author)
            reigns.begin(record.bodyHash, cut: beginning.cut)
        case .leave(let leaving):
            try check(leaving: leaving, by: author)
            devices.remove(Set(leaving), at: position)
            reigns.pass()
        case .raise(let ends):
            try check(raising: ends, by: author)
            for end in ends.ends { raises[end.dot.replica, default: []].append(Raise(position: position, end: end)) }
            reigns.pass()
        }
        records.append(record)
        head = record.hash
        positions[record.hash] = position
    }
}

extension MembershipLog: Hashable {
    /// The records say all; the rest follows from them.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.head == rhs.head && lhs.records == rhs.records }

    public func hash(into hasher: inout Hasher) { hasher.combine(head) }
}
