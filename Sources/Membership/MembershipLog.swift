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

    /// How many of the records this value verified itself; the others came with a form that says that it was done.
    public private(set) var verifiedCount: Int

    /// Begins a log.
    ///
    /// - Throws: ``MembershipError/noGenesis`` or ``MembershipError/badSignature``.
    public init(genesis record: MembershipRecord) throws(MembershipError) {
        guard case .genesis(let genesis, _) = record.content else { throw .noGenesis }
        guard record.isSigned(by: genesis.device) else { throw .badSignature }
        self.init(record, genesis)
        verifiedCount = 1
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

    /// Takes the record that follows the head, or nothing.
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

    /// Takes a record that follows the head and was verified.
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

/// A log as somebody keeps it who verified it once.
extension MembershipLog {
    /// A record as it is kept.
    public struct Kept: Hashable, Sendable {
        public let bytes: [UInt8]
        /// What reading it told, written by whoever verified it as part of this log; see
        /// ``MembershipRecord/keptForm``. `nil` where nobody did yet.
        public let form: [UInt8]?

        public init(_ bytes: [UInt8], form: [UInt8]?) {
            self.bytes = bytes
            self.form = form
        }
    }

    /// Takes a whole log as it was kept. Costs what there is to read, and no signature.
    ///
    /// Forms are believed: they are as good as the place where they are kept. A record that has none which can be read
    /// here, as of another version, is verified.
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

    /// Takes the record that follows the head as it was kept, or nothing.
    ///
    /// - Throws: as ``append(_:)``.
    public mutating func append(_ kept: Kept) throws(MembershipError) {
        // The hash of the record before names all that came before, and so what this one was verified against.
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

    /// The records from this position on, as they are to be kept.
    public func kept(from position: Int = 0) -> [Kept] { records(from: position).map(\.kept) }
}

extension MembershipLog: Hashable {
    /// The records say all; the rest follows from them.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.head == rhs.head && lhs.records == rhs.records }

    public func hash(into hasher: inout Hasher) { hasher.combine(head) }
}
