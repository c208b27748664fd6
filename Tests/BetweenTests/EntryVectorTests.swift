import CanonicalJSON
import Causality
import Foundation
import Membership
import Records
import ReplicaStore
import SQLiteFile
import TestSupport
import Testing

/// `Protocol/vectors/entries/cases.jsonl`: edits, and the entry shown for them, by another implementation of
/// `Protocol/KINDS.md`.
@Suite struct EntryVectorTests {
    private static let cases = ProtocolVectors.cases("entries/cases.jsonl")

    @Test func thereAreManyOfEveryKind() {
        #expect(Self.cases.count >= 130)
        for kind in Kind.known { #expect(Self.cases.contains { $0["shown"]?["kind"] == .text(kind.name) }) }
    }

    @Test(arguments: cases.indices)
    func aReplicaShowsTheSameHoweverItArrived(_ index: Int) throws {
        let vector = Self.cases[index]
        let name = vector["name"]?.asText ?? ""
        let edits = try #require(vector["edits"]?.asArray).map(SaidEdit.init)
        let other = edits.sorted { $0.context.precedence < $1.context.precedence }
        let isOne = edits.map(\.context) == other.map(\.context)
        for arrival in isOne ? [edits] : [edits, other] {
            let shown = try EntrySimulation(vector).shown(arrival)
            #expect(shown.entry == vector["shown"], "\(name)")
            let conflicts = vector["conflicts"]?.asArray?.compactMap(\.asText)
            #expect(shown.conflicts.map(\.description).sorted() == conflicts, "\(name)")
        }
    }
}

private struct SaidEdit {
    let context: CausalContext
    let content: EditContent
    let state: String?

    init(_ json: JSONValue) throws {
        context = try #require(CausalContext(vector: json))
        var members: JSONObject = ["at": try #require(json["at"]), "fields": try #require(json["fields"])]
        members["proof"] = json["proof"]
        content = try #require(EditContent(JSONValue.object(members).canonicalBytes()))
        state = json["state"]?.asText
    }
}

/// A replica of a space whose boxes are open, with feeds named as in a vector.
private struct EntrySimulation {
    private static let space = Array<UInt8>(0x10..<0x20)
    private let folder: TemporaryFolder
    private let store: Replica
    private let keyring: Keyring
    private let entry: EntryID

    init(_ vector: JSONValue) throws {
        entry = try #require(vector["entry"]?.asText.flatMap { EntryID($0) })
        var people: [ReplicaID: PersonID] = [:]
        for (replica, person) in vector["people"]?.asObject ?? JSONObject() {
            let person: PersonID = try #require(person.asText.flatMap { PersonID($0) })
            people[try #require(ReplicaID(replica.string))] = person
        }
        let known = people
        keyring = Keyring(
            token: { name, entry in FieldToken(bits: testHash(entry.bytes + Array(name.description.utf8)).prefix64) },
            seal: { content, _, _ in content },
            open: { box, _, _, _ in
                guard box.first == UInt8(ascii: "{") else { throw Oddity() }
                return box
            }, sign: { _ in [] }, newOrigin: { Self.origin(ReplicaID(bits: 1)) }, hash: Self.hash,
            deviceKey: Self.origin(ReplicaID(bits: 1)).deviceKey, head: testHash([1]), epoch: testHash([1]),
            person: { key in known.first { Self.origin($0.key).deviceKey == key }?.value },
            isKnown: { person in known.values.contains(person) })
        folder = try TemporaryFolder()
        store = try Replica(folder.path + "/db", lockFile: folder.path + "/lock", createIfMissing: true)
        try store.write { _ = try $0.addSpace(id: Self.space, name: "journal", records: []) }
    }

    private static func origin(_ replica: ReplicaID) -> ReplicaOrigin {
        var name = CanonicalBytes()
        name.append(replica.bits)
        let key = name.bytes + [UInt8](repeating: 0, count: ReplicaOrigin.deviceKeyByteCount - 8)
        guard let origin = ReplicaOrigin(deviceKey: key, nonce: mark) else { preconditionFailure("32 bytes and 16") }
        return origin
    }

    private static let mark = [UInt8](repeating: 0x5A, count: ReplicaOrigin.nonceByteCount)

    /// A replica's id is derived from its origin; here the origin is the id itself.
    private static let hash: HashFunction = { bytes in
        guard bytes.count == ReplicaOrigin.deviceKeyByteCount + ReplicaOrigin.nonceByteCount,
            bytes.suffix(ReplicaOrigin.nonceByteCount).elementsEqual(mark),
            let named = Hash256(Array(bytes.prefix(8)) + testHash(bytes).bytes.dropFirst(8))
        else { return .sha256(bytes) }
        return named
    }

    /// The entry shown after these edits, each a batch of its own.
    func shown(_ edits: [SaidEdit]) throws -> (entry: JSONValue, conflicts: Set<FieldName>) {
        defer { try? store.file.close() }
        try store.write { transaction in
            let space = try #require(try transaction.reader.space(named: "journal"))
            try transaction.write(to: space, keyring) { writer in
                var feeds: [ReplicaID: FeedState] = [:]
                var ends: [Dot: Hash256] = [:]
                for edit in edits {
                    let batch = try batch(edit, feeds[edit.context.dot.replica], ends)
                    let end = batch.tip(Self.hash)
                    var seen = feeds[edit.context.dot.replica]?.seen ?? Frontier()
                    for row in batch.header.seen { seen.advance(to: row) }
                    feeds[edit.context.dot.replica] = FeedState(end: end, seen: seen)
                    ends[end.dot] = end.hash
                    _ = try writer.take(batch)
                }
            }
        }
        return try store.read { reader in
            let space = try #require(try reader.space(named: "journal"))
            let conflicts = try reader.conflictedFields(of: entry, in: space)
            guard let entry = try reader.entry(entry, in: space) else { return (.null, conflicts) }
            guard case .object(var members) = entry.json(space: "journal") else { throw Oddity() }
            for name: Text in ["id", "space", "clock"] { members[name] = nil }
            return (.object(members), conflicts)
        }
    }

    private func batch(_ edit: SaidEdit, _ feed: FeedState?, _ ends: [Dot: Hash256]) throws -> Batch {
        let dot = edit.context.dot
        let previous = feed?.end.hash ?? FeedState.start(space: Self.space, replica: dot.replica, Self.hash)
        let rows = try edit.context.seen.dots.filter { $0.n > feed?.seen[$0.replica]?.dot.n ?? 0 }.map { seen in
            Tip(seen, try #require(ends[seen]))
        }
        let box = edit.state == "sealed" ? Array("sealed at \(dot)".utf8) : edit.content.bytes
        let header = EditHeader(
            entry: entry, tokens: edit.content.fields.keys.map { keyring.token($0, entry) }.sorted(), group: dot.n,
            unread: edit.context.unread, boxHash: Self.hash(box))
        return Batch(
            BatchHeader(
                replica: dot.replica, first: dot.n, count: 1, previous: previous, seen: rows, head: keyring.head,
                epoch: keyring.epoch, origin: dot.n == 1 ? Self.origin(dot.replica) : nil), signature: [],
            edits: [Edit(header, box: edit.state == "stub" ? nil : box)])
    }

    struct Oddity: Error {}
}
