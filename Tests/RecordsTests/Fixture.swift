import CanonicalJSON
import Causality
import Records

/// One device's edits with their contents, without keys or stores.
struct Fixture {
    struct Written: Hashable {
        let context: CausalContext
        let entry: EntryID
        let content: EditContent
    }

    static let entry = EntryID(high: 1, low: 2)
    let replica: ReplicaID
    private(set) var edits: [Written] = []

    init(_ replica: Int) { self.replica = ReplicaID(bits: UInt64(replica)) }

    private var clock: VectorClock { VectorClock(edits.map(\.context.dot)) }

    /// Sets fields of an entry.
    mutating func write(_ fields: [FieldName: JSONValue], to entry: EntryID = Fixture.entry) {
        var seen = clock
        let n = seen[replica] + 1
        seen.remove(replica)
        let content = EditContent(at: Timestamp(millisSince1970: edits.count * 1000), fields: fields)
        edits.append(
            Written(context: CausalContext(dot: Dot(replica, n), seen: seen), entry: entry, content: content))
    }

    /// Afterwards both hold the union.
    static func sync(_ one: inout Fixture, _ other: inout Fixture) {
        let union = one.edits + other.edits.filter { !one.edits.contains($0) }
        // In order of precedence, which is a causal order.
        let ordered = union.sorted { $0.context.precedence < $1.context.precedence }
        one.edits = ordered
        other.edits = ordered
    }

    var entries: Set<EntryID> { Set(edits.map(\.entry)) }

    func versions(_ id: EntryID = Fixture.entry) -> EntryVersions {
        var registers: [FieldName: MultiValueRegister<JSONValue>] = [:]
        for edit in edits where edit.entry == id {
            for (name, value) in edit.content.fields {
                registers[name, default: .init()].merge(Version(value, edit.context))
            }
        }
        return EntryVersions(id: id, fields: registers.mapValues(\.live))
    }

    func history(_ name: FieldName, _ id: EntryID = Fixture.entry) -> [Version<JSONValue?>] {
        edits.filter { $0.entry == id }.compactMap { edit in
            edit.content.fields[name].map { Version($0, edit.context) }
        }
    }

    func resolution(_ name: FieldName) -> Resolution? {
        versions().resolutions { history($0) }[name]
    }

    func entry(_ id: EntryID = Fixture.entry) -> Entry {
        let versions = versions(id)
        return Entry(
            versions, versions.resolutions { history($0, id) },
            clock: VectorClock(edits.filter { $0.entry == id }.map(\.context.dot)),
            edited: Timestamp(millisSince1970: 0))
    }
}
