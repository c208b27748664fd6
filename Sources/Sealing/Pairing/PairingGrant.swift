import CanonicalJSON
package import Causality
package import Membership

/// What a member tells the newcomer once its device stands in the log: which space it is, and how much there is of it.
///
/// The newcomer takes the space from nobody but the server, and the server may answer with an old
/// or an empty one. So the grant says what there was when it was made: a log that does not hold
/// ``end``, or a server whose clock stays below ``clock``, is not the whole.
package struct PairingGrant: Hashable, Sendable {
    /// How far a log goes.
    package struct LogEnd: Hashable, Sendable {
        /// The records.
        package let count: Int
        /// The hash of the last.
        package let head: Hash256

        /// Is `nil` unless a log can have so many records.
        package init?(count: Int, head: Hash256) {
            guard (1...MembershipLimits.recordsMax).contains(count) else { return nil }
            self.count = count
            self.head = head
        }

        /// Where this log ends.
        package init(of log: MembershipLog) {
            count = log.records.count
            head = log.head
        }
    }

    package let space: SpaceID
    /// Where the member's log ends, the newcomer's record in it.
    package let end: LogEnd
    /// Where lines ended at the member, short ones too: ``PairingLimits/clockEndsMax`` of them at most.
    package let clock: Frontier
    /// Whose the newcomer's device is.
    package let person: PersonID
    package let role: Role
    /// The name of the member's device: 64 UTF-8 bytes at most, no control characters; it may be empty.
    package let name: String

    /// Takes any clock and any name; what a grant cannot carry of them is left out.
    package init(space: SpaceID, end: LogEnd, clock: Frontier, person: PersonID, role: Role, name: String) {
        self.space = space
        self.end = end
        self.clock = Self.cut(clock)
        self.person = person
        self.role = role
        self.name = PairingName.cut(name)
    }

    /// Seals the grant, in answer to one claim and no other: ``PairingLimits/grantLengthMax`` bytes at most.
    ///
    /// - Parameters:
    ///   - secret: the pairing's.
    ///   - transcript: that of the claim, whose words both people have found to be the same.
    ///   - generator: the system's, or one as good.
    package func sealed(
        under secret: PairingSecret, answering transcript: PairingTranscript,
        using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        Self.box(secret, transcript).seal(content, using: &generator)
    }

    /// Opens a grant that anybody may have sent.
    ///
    /// - Throws: ``SealingError/notOpened``, whatever is wrong.
    package init(
        opening sealed: [UInt8], under secret: PairingSecret, answering transcript: PairingTranscript
    ) throws(SealingError) {
        let content = try Self.box(secret, transcript).open(sealed)
        guard let object = try? JSONValue(parsing: content, limits: JSONLimits(depthMax: 3)).asObject,
            let space = object.id("space", SpaceID.self), let head = object.hash("head"),
            let count = object.integer("count", in: 1...MembershipLimits.recordsMax),
            let end = LogEnd(count: count, head: head), let rows = object["clock"]?.asArray,
            let clock = Frontier(ascending: rows.compactMap(Self.lineEnd)),
            let person = object.id("person", PersonID.self), let role = object["role"]?.asText.flatMap(Role.init),
            let name = object["name"]?.asText
        else { throw .notOpened }
        self.init(space: space, end: end, clock: clock, person: person, role: role, name: name)
        // So it says nothing more, nothing in another way, and nothing past a limit.
        guard self.content == content else { throw .notOpened }
    }

    private var content: [UInt8] {
        let json: JSONValue = [
            "clock": .array(clock.ends.map(Self.row)), "count": .integer(end.count), "head": .bytes(end.head.bytes),
            "name": .text(Text(name)), "person": .id(person), "role": .text(Text(role.rawValue)), "space": .id(space),
        ]
        return json.canonicalBytes()
    }

    private static func box(_ secret: PairingSecret, _ transcript: PairingTranscript) -> PairingBox {
        var key = CanonicalBytes(label: "between pairing grant key 1")
        key.append(transcript.hash)
        var place = CanonicalBytes(label: "between pairing grant 1")
        place.append(secret.slot)
        place.append(transcript.hash)
        return PairingBox(secret, key: key, boundTo: place, lengthMax: PairingLimits.grantLengthMax)
    }
}

extension PairingGrant {
    /// No space has more lines than fit. If one had, the longest are the ones whose lack would cost most.
    private static func cut(_ clock: Frontier) -> Frontier {
        let ends = clock.ends
        let count = Defence.grantsWholeClock.stands ? PairingLimits.clockEndsMax : 16
        guard ends.count > count else { return clock }
        var cut = Frontier()
        // At one length the lesser replica, so that one clock has one cut.
        let longest = ends.sorted { ($1.dot.n, $0.dot.replica) < ($0.dot.n, $1.dot.replica) }
        for end in longest.prefix(count) { cut.advance(to: end) }
        return cut
    }

    /// As clocks stand on the wire.
    private static func row(_ end: LineEnd) -> JSONValue {
        [.text(Text(end.dot.replica.description)), .integer(end.dot.n), .bytes(end.hash.bytes)]
    }

    private static func lineEnd(_ row: JSONValue) -> LineEnd? {
        guard let parts = row.asArray, parts.count == 3, let name = parts[0].asText, let replica = ReplicaID(name),
            let n = parts[1].asInteger, let bytes = parts[2].asText.flatMap(Base64URL.bytes), let hash = Hash256(bytes)
        else { return nil }
        return LineEnd(Dot(replica, n), hash)
    }
}
