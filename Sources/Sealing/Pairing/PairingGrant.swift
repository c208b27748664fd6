import CanonicalJSON
package import Causality
package import Membership

/// A member's grant to a newcomer whose device is in the log: the space, and how much of it there is.
///
/// The newcomer gets the space only from the server, which may serve an old or an empty one. So the grant states what
/// the member had: a log that does not contain ``end``, or a server whose clock stays below ``clock``, is incomplete.
package struct PairingGrant: Hashable, Sendable {
    /// The length and head of a log.
    package struct LogEnd: Hashable, Sendable {
        /// The number of records.
        package let count: Int
        /// The hash of the last record.
        package let head: Hash256

        /// Is `nil` unless `count` is in 1...``MembershipLimits/recordsMax``.
        package init?(count: Int, head: Hash256) {
            guard (1...MembershipLimits.recordsMax).contains(count) else { return nil }
            self.count = count
            self.head = head
        }

        /// The end of this log.
        package init(of log: MembershipLog) {
            count = log.records.count
            head = log.head
        }
    }

    package let space: SpaceID
    /// The end of the member's log, which contains the newcomer's record.
    package let end: LogEnd
    /// The tips of all feeds at the member, short ones too: at most ``PairingLimits/clockEndsMax``.
    package let clock: Frontier
    /// The person that the newcomer's device belongs to.
    package let person: PersonID
    package let role: Role
    /// The name of the member's device: at most 64 UTF-8 bytes without control characters; may be empty.
    package let name: String

    /// Takes any clock and name, and cuts them to what a grant can carry.
    package init(space: SpaceID, end: LogEnd, clock: Frontier, person: PersonID, role: Role, name: String) {
        self.space = space
        self.end = end
        self.clock = Self.cut(clock)
        self.person = person
        self.role = role
        self.name = PairingName.cut(name)
    }

    /// Seals the grant as the answer to one claim: at most ``PairingLimits/grantLengthMax`` bytes.
    ///
    /// - Parameters:
    ///   - secret: the secret of the pairing.
    ///   - transcript: of the claim, whose words both people found to be equal.
    ///   - generator: a cryptographically secure generator.
    package func sealed(
        under secret: PairingSecret, answering transcript: PairingTranscript,
        using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        Self.box(secret, transcript).seal(content, using: &generator)
    }

    /// Opens an untrusted grant.
    ///
    /// - Throws: ``SealingError/notOpened`` for any failure.
    package init(
        opening sealed: [UInt8], under secret: PairingSecret, answering transcript: PairingTranscript
    ) throws(SealingError) {
        let content = try Self.box(secret, transcript).open(sealed)
        guard let object = try? JSONValue(parsing: content, limits: JSONLimits(depthMax: 3)).asObject,
            let space = object.id("space", SpaceID.self), let head = object.hash("head"),
            let count = object.integer("count", in: 1...MembershipLimits.recordsMax),
            let end = LogEnd(count: count, head: head), let rows = object["clock"]?.asArray,
            let clock = Frontier(ascending: rows.compactMap(Self.tip)),
            let person = object.id("person", PersonID.self), let role = object["role"]?.asText.flatMap(Role.init),
            let name = object["name"]?.asText
        else { throw .notOpened }
        self.init(space: space, end: end, clock: clock, person: person, role: role, name: name)
        // Refuses unknown members, other spellings and values beyond a limit.
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
    /// No space has more feeds than fit. If one had, the longest feeds would cost most if withheld, so these are
    /// kept.
    private static func cut(_ clock: Frontier) -> Frontier {
        let ends = clock.ends
        let count = Defence.grantsWholeClock.isUp ? PairingLimits.clockEndsMax : 16
        guard ends.count > count else { return clock }
        var cut = Frontier()
        // Ties go to the lesser replica, so that the cut is deterministic.
        let longest = ends.sorted { ($1.dot.n, $0.dot.replica) < ($0.dot.n, $1.dot.replica) }
        for end in longest.prefix(count) { cut.advance(to: end) }
        return cut
    }

    /// The form of a clock's row on the wire.
    private static func row(_ end: Tip) -> JSONValue {
        [.text(Text(end.dot.replica.description)), .integer(end.dot.n), .bytes(end.hash.bytes)]
    }

    private static func tip(_ row: JSONValue) -> Tip? {
        guard let parts = row.asArray, parts.count == 3, let name = parts[0].asText, let replica = ReplicaID(name),
            let n = parts[1].asInteger, let bytes = parts[2].asText.flatMap(Base64URL.bytes), let hash = Hash256(bytes)
        else { return nil }
        return Tip(Dot(replica, n), hash)
    }
}
