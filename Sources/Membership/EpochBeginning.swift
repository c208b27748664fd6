import CanonicalJSON
public import Causality

/// What a record says that ends one epoch and begins the next.
public struct EpochBeginning: Hashable, Sendable {
    /// What there was of the epoch that ends: everything of it that counts.
    public let cut: Frontier
    /// The key of the epoch that ends, sealed under the one that begins; ``Suite/beforeByteCount`` bytes.
    public let before: [UInt8]
    /// The keys of the epoch that begins, for each device that is of the space then; ascending by device.
    public let wraps: [KeyWrap]

    init(cut: Frontier, before: [UInt8], wraps: [KeyWrap]) {
        self.cut = cut
        self.before = before
        self.wraps = wraps
    }

    /// Reads the parts of a body and its wraps; whoever calls compares them with what they are written as.
    init(_ body: JSONObject, wraps: [JSONValue]) throws(MembershipError) {
        guard let rows = body["cut"]?.asArray, let before = body.bytes("before") else { throw .malformed }
        let cut = try Self.frontier(rows)
        let read = wraps.compactMap { KeyWrap($0) }
        guard read.count == wraps.count,
            zip(read, read.dropFirst()).allSatisfy({ $0.device < $1.device })
        else { throw .malformed }
        self.init(cut: cut, before: before, wraps: read)
    }

    /// Reads the rows of a cut.
    static func frontier(_ rows: [JSONValue]) throws(MembershipError) -> Frontier {
        guard rows.count <= MembershipLimits.cutRowsMax else { throw .tooLong }
        let ends = rows.compactMap(LineEnd.init(_:))
        guard ends.count == rows.count, let frontier = Frontier(ascending: ends) else { throw .malformed }
        return frontier
    }

    static func json(_ cut: Frontier) -> JSONValue { .array(cut.ends.map(\.json)) }
}

extension LineEnd {
    fileprivate var json: JSONValue {
        [.text(Text(dot.replica.description)), .integer(dot.n), .bytes(hash.bytes)]
    }

    init?(_ json: JSONValue) {
        guard let parts = json.asArray, parts.count == 3, let name = parts[0].asText, let replica = ReplicaID(name),
            let n = parts[1].asInteger, let bytes = parts[2].asText.flatMap(Base64URL.bytes), let hash = Hash256(bytes)
        else { return nil }
        self.init(Dot(replica, n), hash)
    }
}
