import CanonicalJSON
public import Causality

/// The part of a record that ends one epoch and begins the next.
public struct EpochBeginning: Hashable, Sendable {
    /// The frontier of the ending epoch: of removed devices' feeds, only edits within it count.
    public let cut: Frontier
    /// The key of the ending epoch, sealed under the new epoch's key; ``Suite/beforeByteCount`` bytes.
    public let before: [UInt8]
    /// The new epoch's keys for each remaining device, ascending by device.
    public let wraps: [KeyWrap]

    init(cut: Frontier, before: [UInt8], wraps: [KeyWrap]) {
        self.cut = cut
        self.before = before
        self.wraps = wraps
    }

    /// Reads a body and its wraps; the caller compares the body with its canonical form.
    init(_ body: JSONObject, wraps: [JSONValue]) throws(MembershipError) {
        guard let rows = body["cut"]?.asArray, let before = body.bytes("before") else { throw .malformed }
        let cut = try Self.frontier(rows)
        let read = wraps.compactMap { KeyWrap($0) }
        guard read.count == wraps.count,
            zip(read, read.dropFirst()).allSatisfy({ $0.device < $1.device })
        else { throw .malformed }
        self.init(cut: cut, before: before, wraps: read)
    }

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
