import CanonicalJSON
import Causality
import Foundation
import TestSupport
import Testing

/// `Protocol/vectors/merge/order.jsonl`: the live values from the least edit to the greatest, with overwriting edits
/// whose authors had not read all, stubs, and boxes that do not open. Written by another implementation.
@Suite struct OrderVectorTests {
    private static let cases = ProtocolVectors.cases("merge/order.jsonl")

    @Test func theyTellTheOrderFromThatOfTheTexts() throws {
        #expect(Self.cases.count >= 150)
        let lists = Self.cases.compactMap { $0["live"]?.asObject }.flatMap { $0.compactMap(\.value.asObject) }
            .flatMap { $0.compactMap(\.value.asArray) }
        let texts = lists.map { $0.map { $0.asArray?.first?.asText ?? "" } }
        #expect(texts.count { $0 != $0.sorted() } >= 100)
        for member in ["unread", "state"] {
            #expect(Self.cases.contains { $0.canonicalText.contains("\"\(member)\":") })
        }
    }

    @Test(arguments: cases.indices)
    func theSameIsLiveHoweverItArrives(_ index: Int) throws {
        let vector = Self.cases[index]
        let name = vector["name"]?.asText ?? ""
        let edits = try #require(vector["edits"]?.asArray).map(OrderedEdit.init)
        // In order of precedence, which is another possible order of arrival.
        for arrival in [edits, edits.sorted { $0.context.precedence < $1.context.precedence }] {
            var simulation = OrderedSimulation()
            for edit in arrival { try simulation.take(edit) }
            simulation.log.setUnopened(Set(arrival.filter { $0.state == "sealed" }.map(\.context.dot)))
            #expect(simulation.live(edits) == vector["live"], "\(name)")
            #expect(simulation.forgotten(edits) == vector["forgotten"], "\(name)")
        }
    }
}

private struct OrderedEdit {
    let context: CausalContext
    let entry: String
    let fields: [String: JSONValue]
    let isForget: Bool
    let state: String?

    init(_ json: JSONValue) throws {
        context = try #require(CausalContext(vector: json))
        entry = try #require(json["entry"]?.asText)
        var fields: [String: JSONValue] = [:]
        for (key, value) in try #require(json["sets"]?.asObject) { fields[key.string] = value }
        self.fields = fields
        isForget = json["forget"] == true
        state = json["state"]?.asText
    }
}

/// The product's log of edits, with feeds named as in a vector.
private struct OrderedSimulation {
    var log = EditLog(space: Author.space, Self.hash)

    /// A replica's id is derived from its origin; here the origin is the id itself.
    private static let hash: HashFunction = { bytes in
        guard bytes.count == ReplicaOrigin.deviceKeyByteCount + ReplicaOrigin.nonceByteCount,
            bytes.suffix(ReplicaOrigin.nonceByteCount).allSatisfy({ $0 == 0x5A }),
            let named = Hash256(Array(bytes.prefix(8)) + testHash(bytes).bytes.dropFirst(8))
        else { return testHash(bytes) }
        return named
    }

    private static func entry(_ name: String) -> EntryID {
        EntryID(high: 0, low: UInt64(name.utf8.reduce(0) { $0 * 256 + Int($1) }))
    }

    private static func token(_ name: String) -> FieldToken {
        FieldToken(bits: UInt64(name.utf8.reduce(0) { $0 * 256 + Int($1) }))
    }

    mutating func take(_ edit: OrderedEdit) throws {
        let (dot, feed) = (edit.context.dot, log.feed(edit.context.dot.replica))
        var name = CanonicalBytes()
        name.append(dot.replica.bits)
        let origin = try #require(
            ReplicaOrigin(
                deviceKey: name.bytes + [UInt8](repeating: 0, count: 24),
                nonce: [UInt8](repeating: 0x5A, count: ReplicaOrigin.nonceByteCount)))
        let box = Array(JSONValue.text(Text(dot.description)).canonicalBytes())
        let change: Edit =
            edit.isForget
            ? Author.forget(Self.entry(edit.entry), group: dot.n)
            : Author.edit(
                Self.entry(edit.entry), edit.fields.keys.map(Self.token), box: box, group: dot.n,
                unread: edit.context.unread)
        let rows = try edit.context.seen.dots.filter { $0.n > feed.seen[$0.replica]?.dot.n ?? 0 }.map { seen in
            guard case .end(let hash) = log.holding(seen) else { throw Oddity() }
            return Tip(seen, hash)
        }
        let header = BatchHeader(
            replica: dot.replica, first: dot.n, count: 1, previous: feed.end.hash, seen: rows, head: Author.epochs[0],
            epoch: Author.epochs[0], origin: dot.n == 1 ? origin : nil)
        var batch = Batch(header, signature: [], edits: [change])
        if edit.state == "stub" { batch.edits[0].box = nil }
        try log.take(batch)
    }

    /// The live values of each field, in the order of the vectors.
    func live(_ edits: [OrderedEdit]) -> JSONValue {
        var state: [String: [String: [JSONValue]]] = [:]
        for edit in edits.sorted(by: { $0.context.precedence < $1.context.precedence }) {
            let entry = Self.entry(edit.entry)
            guard !log.forgotten.contains(entry) else { continue }
            for (field, value) in edit.fields {
                let live = log.registers[entry]?[Self.token(field)]?.live ?? []
                guard let version = live.first(where: { $0.dot == edit.context.dot }) else { continue }
                let dot: JSONValue = [.text(Text(version.dot.replica.description)), .integer(version.dot.n)]
                let isHere = log.edit(version.dot)?.box != nil
                state[edit.entry, default: [:]][field, default: []].append([isHere ? value : .null, dot])
            }
        }
        return Self.object(state.mapValues { Self.object($0.mapValues { .array($0) }) })
    }

    func forgotten(_ edits: [OrderedEdit]) -> JSONValue {
        let names = Set(edits.map(\.entry)).filter { log.forgotten.contains(Self.entry($0)) }
        return .array(names.sorted().map { .text(Text($0)) })
    }

    private static func object(_ members: [String: JSONValue]) -> JSONValue {
        var object = JSONObject()
        for (key, value) in members { object[Text(key)] = value }
        return .object(object)
    }

    struct Oddity: Error {}
}
