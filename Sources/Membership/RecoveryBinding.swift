import CanonicalJSON
public import Causality

/// What a recovery key's maker wrote into the record that adds it, so that the paper knows its space again.
///
/// The code is made under a key that only what is printed gives. So a server, which has the key's public halves, can
/// add them to a space of its own and cannot make a code for it. Nobody without the paper can check one either: to
/// the log it is 32 bytes.
public struct RecoveryBinding: Hashable, Sendable {
    /// Bytes of ``code``: of an HMAC-SHA256.
    public static let codeByteCount = 32

    /// What maker and server both had of the space then: ``MembershipLimits/cutRowsMax`` rows at most.
    public let clock: Frontier
    /// Covers the space, the head before the record, who made it and for whom, the key's device and ``clock``.
    public let code: [UInt8]

    /// - Parameter code: of ``codeByteCount`` bytes.
    public init(clock: Frontier, code: [UInt8]) {
        precondition(code.count == Self.codeByteCount, "a code of \(code.count) bytes")
        self.clock = clock
        self.code = code
    }

    /// Reads what somebody sent; whoever calls compares it with ``json``.
    init(_ json: JSONValue) throws(MembershipError) {
        guard let members = json.asObject, let rows = members["clock"]?.asArray,
            let code = members.bytes("mac", count: Self.codeByteCount)
        else { throw .malformed }
        guard rows.count <= MembershipLimits.cutRowsMax else { throw .tooLong }
        let ends = rows.compactMap(LineEnd.init(_:))
        guard ends.count == rows.count, let clock = Frontier(ascending: ends) else { throw .malformed }
        self.init(clock: clock, code: code)
    }

    var json: JSONValue { ["clock": EpochBeginning.json(clock), "mac": .bytes(code)] }
}
