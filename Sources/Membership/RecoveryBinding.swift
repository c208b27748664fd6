import CanonicalJSON
public import Causality

/// The binding of a recovery key to its space, in the record that adds the key.
///
/// The code is made with a key that is derived from the printed secret only. A server knows the key's public halves
/// and could add them to a space of its own, but cannot make a code for it. Only the holder of the printed key can
/// verify a code; to the log it is 32 opaque bytes.
public struct RecoveryBinding: Hashable, Sendable {
    /// Bytes of ``code``: of an HMAC-SHA256.
    public static let codeByteCount = 32

    /// The frontier that maker and server had in common: ``MembershipLimits/cutRowsMax`` rows at most.
    public let clock: Frontier
    /// Covers the space, the head before the record, its author and person, the key's device and ``clock``.
    public let code: [UInt8]

    /// - Parameter code: of ``codeByteCount`` bytes.
    public init(clock: Frontier, code: [UInt8]) {
        precondition(code.count == Self.codeByteCount, "a code of \(code.count) bytes")
        self.clock = clock
        self.code = code
    }

    /// Reads untrusted JSON; the caller compares it with ``json``.
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
