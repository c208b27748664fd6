public import Causality

/// Who is in a space: a chain of records, each signed by a member, verified as it is built.
///
/// Everybody verifies it alike, servers included. It begins with a genesis, which
/// names the space; whoever expects a certain space compares ``space``. A log that
/// two devices extended at once forks; which branch stands is not decided here.
public struct MembershipLog: Hashable, Sendable {
    /// A device of the space, and whose it is.
    public struct Member: Hashable, Sendable {
        public let person: PersonID
        public let device: DeviceIdentity
    }

    public let space: SpaceID
    public let suite: Suite
    /// The form of the space's batches; a device that cannot read it stops there, and says `update`.
    public private(set) var batchVersion: Int
    /// The records in their order; never empty.
    public private(set) var records: [MembershipRecord]
    /// The hash of the last record.
    public private(set) var head: Hash256
    /// The epoch that reigns now: the ``MembershipRecord/bodyHash`` of the record that began it.
    public private(set) var epoch: Hash256
    /// The devices in the order in which they came.
    public private(set) var members: [Member]

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
        epoch = record.bodyHash
        members = [Member(person: genesis.person, device: genesis.device)]
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
        switch record.content {
        case .genesis: throw .secondGenesis
        case .unknown(let kind): throw .unknownKind(kind)
        }
    }

    /// A device of the space, if it is one.
    public func member(_ device: DeviceID) -> Member? { members.first { $0.device.id == device } }

    /// The device whose signing key a line's ``ReplicaOrigin`` announced, if it is of the space.
    public func member(signingKey: [UInt8]) -> Member? { members.first { $0.device.signingKey == signingKey } }

    /// The people of the space, in the order in which they came.
    public var people: [PersonID] {
        members.reduce(into: []) { people, member in
            if !people.contains(member.person) { people.append(member.person) }
        }
    }

    /// The record that began an epoch of this log.
    public func record(beginning epoch: Hash256) -> MembershipRecord? { records.first { $0.bodyHash == epoch } }

    /// The epoch that reigned when this record was the head; `nil` if the log has no such record.
    public func epoch(at head: Hash256) -> Hash256? {
        // Genesis is the only kind that begins an epoch so far.
        records.contains { $0.hash == head } ? epoch : nil
    }
}
