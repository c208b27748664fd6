import CanonicalJSON
public import Causality
import GRDB
import SQLiteFile
public import Records

/// Rebases edits that cannot keep their dots.
extension StoreWriter {
    /// The edits that move, and their destination.
    public struct Move: Sendable {
        /// The divergent suffixes, closed over what had seen them; see ``StoreWriter/suffixes(of:staying:)``.
        public var suffixes: DivergentSuffixes
        /// Edits that were refused themselves.
        public var dropping: Set<Dot> = []
        /// Whether feeds of this device key are rebased; others are quarantined.
        public var isRewritten: @Sendable ([UInt8]) -> Bool
        /// The reason for the quarantine of the others.
        public var reason: String
        public var at: Timestamp
        /// Encodes a batch for the quarantine.
        public var encode: @Sendable (Batch) -> [UInt8]

        public init(
            _ suffixes: DivergentSuffixes, dropping: Set<Dot> = [], reason: String, at: Timestamp,
            isRewritten: @escaping @Sendable ([UInt8]) -> Bool, encode: @escaping @Sendable (Batch) -> [UInt8]
        ) {
            self.suffixes = suffixes
            self.dropping = dropping
            self.reason = reason
            self.at = at
            self.isRewritten = isRewritten
            self.encode = encode
        }
    }

    /// The numbers of edits that moved.
    public struct Moved: Hashable, Sendable {
        public let rewritten: Int
        public let quarantined: Int
    }

    /// The whole batches of these dots, and everything written after seeing one of them.
    ///
    /// - Parameters:
    ///   - roots: edits that cannot keep their dots; those that are not held are ignored.
    ///   - shared: what stays whatever it had seen, because the server holds it with the same hash.
    public func suffixes(of roots: [Dot], staying shared: VectorClock) throws -> DivergentSuffixes {
        try closeBatch()
        let firsts = try roots.compactMap { try reader.first(ofBatchWith: $0, in: space) }
        guard !firsts.isEmpty else { return DivergentSuffixes() }
        let outlines = try reader.arrivals(in: space).lazy.map(\.outline)
        return DivergentSuffixes(firsts).closed(over: outlines) { shared.covers($0.last) }
    }

    /// Removes suffixes of feeds, and rebases what can be: each feed under a new incarnation, in order, with the
    /// causal context of the originals. The rest is quarantined, and this device starts a new feed.
    ///
    /// Holds all that moves in memory.
    public func rebase(_ move: Move) throws -> Moved {
        try closeBatch()
        let moving = try Moving(move, of: self)
        guard !moving.batches.isEmpty else { return Moved(rewritten: 0, quarantined: 0) }
        let touched = try moving.batches.reduce(into: Set<Int64>()) { touched, batch in
            for edit in batch.batch.edits { touched.insert(try entryRow(edit.header.entry).key) }
        }
        try remove(move.suffixes)
        var origins: [ReplicaID: ReplicaOrigin] = [:]
        let plan = Rebase(
            of: move.suffixes, moving.batches.map(\.outline), kept: try reader.frontier(of: space).clock,
            isQuarantined: moving.isQuarantined,
            newName: { _ in
                let origin = keyring.newOrigin()
                let name = origin.replica(keyring.hash)
                origins[name] = origin
                return name
            })
        try write(plan, origins, moving)
        for entry in touched.sorted() { try restate(entry) }
        try keepQuarantined(plan.quarantined, moving, move)
        try endOwnFeed()
        return Moved(
            rewritten: plan.rewrites.reduce(0) { $0 + $1.edits.count }, quarantined: plan.quarantined.count)
    }

    /// Starts a new feed with the next write.
    func endOwnFeed() throws {
        try closeBatch()
        lastOwnDot = nil
        try database.run("UPDATE space SET own_line = NULL WHERE key = ?", space.key.value)
    }

    private func remove(_ suffixes: DivergentSuffixes) throws {
        for start in suffixes.firsts {
            guard let feed = try feed(of: start.replica) else { continue }
            for sql in [
                "DELETE FROM undone WHERE line = ? AND n >= ?", "DELETE FROM edit WHERE line = ? AND n >= ?",
                "DELETE FROM seen WHERE author = ? AND first >= ?", "DELETE FROM batch WHERE line = ? AND first >= ?",
            ] {
                try database.run(sql, feed.value, start.n.value)
            }
            if start.n > 1 {
                try database.run(
                    "UPDATE server SET n = min(n, ?) WHERE line = ?", (start.n - 1).value, feed.value)
            } else {
                try database.run("DELETE FROM server WHERE line = ?", feed.value)
            }
        }
    }

    private func write(_ plan: Rebase, _ origins: [ReplicaID: ReplicaOrigin], _ moving: Moving) throws {
        var states: [ReplicaID: FeedState] = [:]
        var names: [Dot: Dot] = [:]
        for rewrite in plan.rewrites {
            for (number, edit) in zip(rewrite.first.n..., rewrite.edits) {
                names[edit.original] = Dot(rewrite.first.replica, number)
            }
        }
        for rewrite in plan.rewrites {
            let replica = rewrite.first.replica
            guard let origin = origins[replica] else { throw StoreError.inconsistent("a name of no origin") }
            let feed = try feed(of: replica) ?? insertFeed(replica, origin)
            let before =
                states[replica]
                ?? FeedState(start: FeedState.start(space: space.id, replica: replica, keyring.hash), replica: replica)
            let edits = try zip(rewrite.first.n..., rewrite.edits).map { number, again in
                try rewritten(again, as: Dot(replica, number), names, moving)
            }
            let rows = try rewrite.seen.dots.compactMap { dot -> Tip? in
                guard dot.n > before.seen[dot.replica]?.dot.n ?? 0 else { return nil }
                guard case .end(let hash) = try reader.holding(dot, in: space) else {
                    throw StoreError.inconsistent("seen \(dot) is no end")
                }
                return Tip(dot, hash)
            }
            let header = BatchHeader(
                replica: replica, first: rewrite.first.n, count: edits.count, previous: before.end.hash, seen: rows,
                head: keyring.head, epoch: keyring.epoch, origin: rewrite.first.n == 1 ? origin : nil)
            let end = Tip(header.lastDot, header.feedHash(of: edits.map(\.edit.header), keyring.hash))
            var seen = before.seen
            for row in rows { seen.advance(to: row) }
            states[replica] = FeedState(end: end, seen: seen)
            try insert(header, signature: keyring.sign(end.hash), hash: end.hash, feed: feed)
            for (index, (edit, content)) in edits.enumerated() {
                try insert(
                    edit, content, at: Dot(replica, header.first + index), feed: feed, first: header.first,
                    entry: try entryRow(edit.header.entry).key)
            }
        }
    }

    /// An edit resealed at its new dot. The dots that it undoes are mapped too.
    private func rewritten(
        _ again: Rebase.Rewrite.Edit, as dot: Dot, _ names: [Dot: Dot], _ moving: Moving
    ) throws -> (edit: Edit, content: EditContent?) {
        guard let (edit, epoch) = moving.edit(again.original) else { throw StoreError.inconsistent("a moved edit") }
        func header(_ boxHash: Hash256?) -> EditHeader {
            EditHeader(
                entry: edit.header.entry, tokens: edit.header.tokens, isForget: edit.header.isForget,
                proof: edit.header.proof, group: again.group, unread: again.unread, boxHash: boxHash)
        }
        guard let box = edit.box else { return (Edit(header(nil), box: nil), nil) }
        var bytes = try keyring.open(box, edit.header, again.original, epoch)
        guard var content = EditContent(bytes) else { throw StoreError.inconsistent("an edit that opened before") }
        let undoes = content.undoes.map { names[$0] ?? $0 }
        if undoes != content.undoes {
            content.undoes = undoes
            bytes = try Self.replacing(undoes: undoes, in: bytes)
        }
        let sealed = try keyring.seal(bytes, header(nil), dot)
        return (Edit(header(keyring.hash(sealed)), box: sealed), content)
    }

    /// Keeps unknown members that a newer version may have written.
    private static func replacing(undoes: [Dot], in bytes: [UInt8]) throws -> [UInt8] {
        guard var object = try JSONValue(parsing: bytes).asObject else { throw StoreError.inconsistent("a content") }
        object["undoes"] = .array(undoes.map { .text(Text($0.description)) })
        return JSONValue.object(object).canonicalBytes()
    }

    private func keepQuarantined(_ dots: [Dot], _ moving: Moving, _ move: Move) throws {
        let dots = Set(dots)
        for moved in moving.batches {
            var batch = moved.batch
            let quarantined = dots.intersection(batch.dotted.map(\.dot))
            guard !quarantined.isEmpty else { continue }
            // The others are rebased; for them the signed headers are kept.
            for (index, (dot, _)) in batch.dotted.enumerated() where !quarantined.contains(dot) {
                batch.edits[index].box = nil
            }
            let isRefused = batch.dotted.contains { move.dropping.contains($0.dot) }
            try quarantine(
                batch, edits: quarantined, device: moved.deviceKey, reason: isRefused ? "refused" : move.reason,
                at: move.at,
                encode: move.encode)
        }
    }
}

/// All batches that move, in order of arrival.
private struct Moving {
    struct MovedBatch {
        let batch: Batch
        let outline: BatchOutline
        let deviceKey: [UInt8]
    }

    private(set) var batches: [MovedBatch] = []
    private var places: [Dot: Int] = [:]  // the index of the batch of each dot
    private var away: Set<Dot>

    init(_ move: StoreWriter.Move, of writer: StoreWriter) throws {
        let (reader, database) = (writer.reader, writer.database)
        away = move.dropping
        var keys: [Int64] = []
        for start in move.suffixes.firsts {
            guard let feed = try writer.feed(of: start.replica) else { continue }
            keys += try database.all(
                "SELECT key FROM batch WHERE line = ? AND first >= ?", feed.value, start.n.value
            ).map { $0[0] }
            for row in try database.all(
                "SELECT n, state FROM edit WHERE line = ? AND n >= ? AND state > 0", feed.value, start.n.value)
            {
                away.insert(Dot(start.replica, row[0]))
            }
        }
        for key in keys.sorted() {
            let batch = try reader.batch(key)
            guard let feed = try writer.feed(of: batch.header.replica),
                let origin = try database.first("SELECT origin FROM line WHERE key = ?", feed.value)
            else { throw StoreError.inconsistent("a batch of no feed") }
            let deviceKey = Array(origin.bytes(0).prefix(ReplicaOrigin.deviceKeyByteCount))
            if !move.isRewritten(deviceKey) { away.formUnion(batch.dotted.map(\.dot)) }
            for (dot, _) in batch.dotted { places[dot] = batches.count }
            let outline = BatchOutline(
                first: batch.header.firstDot, seen: try reader.seen(by: feed, at: batch.header.first).clock,
                edits: batch.edits.map { .init(group: $0.header.group, unread: $0.header.unread) })
            batches.append(MovedBatch(batch: batch, outline: outline, deviceKey: deviceKey))
        }
    }

    /// Whether it cannot be opened, is a stub, was refused, or belongs to another device.
    func isQuarantined(_ dot: Dot) -> Bool { away.contains(dot) }

    func edit(_ dot: Dot) -> (edit: Edit, epoch: Hash256)? {
        guard let place = places[dot] else { return nil }
        let batch = batches[place].batch
        return (batch.edits[dot.n - batch.header.first], batch.header.epoch)
    }
}
