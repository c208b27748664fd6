import Causality
import GRDB
import SQLiteFile
import Membership
import Wire

/// Storing received batches.
extension SpaceTables {
    /// Stores a batch as a whole, or refuses it.
    ///
    /// Checks in this order: membership log, feed, signature, rights, lengths, quota. A batch that is held already
    /// only supplies missing boxes.
    ///
    /// - Returns: the tip of the feed after it, and whether it was new.
    /// - Throws: ``StoreRefusal``. A batch that names an older head than its feed's previous batch, another epoch
    ///   than the one current at its head, or a head at which its author was not a member, counts as badly signed.
    func take(
        _ batch: Batch, _ log: MembershipLog, _ limits: StoreLimits, _ hash: HashFunction
    ) throws -> (end: Tip, isNew: Bool) {
        guard batch.isSound else { throw StoreRefusal(.malformed) }
        let feed = try feed(batch.header.replica)
        guard let origin = feed?.origin ?? batch.header.origin else {
            throw StoreRefusal(batch.header.first == 1 ? .malformed : .gap)
        }
        let end = batch.tip(hash)
        let signer = try signer(of: batch.header, end, feed, origin, log)
        let state = try state(of: feed, batch.header.replica, hash)
        switch try verdict(on: batch, state, hash) {
        case .held:
            for (dot, edit) in batch.dotted {
                if let box = edit.box { try supply(box, for: dot, hash, limits) }
            }
            return (end, false)
        case .extends(let after):
            guard batch.isSigned(by: signer.device, feedHash: end.hash) else { throw StoreRefusal(.signature) }
            if let dot = log.overreach(in: batch, by: signer, hash) { throw StoreRefusal(.rights, dot) }
            if let long = batch.dotted.first(where: { ($0.edit.box?.count ?? 0) > limits.boxLengthMax }) {
                throw StoreRefusal(.tooLarge, long.dot)
            }
            if feed == nil { try checkRoom(forFeedOf: signer.device, log, limits) }
            let bytes = try insert(batch, feed, origin, after, limits)
            try count(
                edits: batch.edits.count, bytes: bytes, kept: ColumnList.bytes(batch.header.seen).count, within: limits)
            return (end, true)
        }
    }

    /// The device that a batch claims as its author; a false claim is refused when the batch is taken.
    func author(of batch: Batch, _ log: MembershipLog) throws -> DeviceID? {
        let origin = try feed(batch.header.replica)?.origin ?? batch.header.origin
        return origin.flatMap { log.member(signingKey: $0.deviceKey) }?.device.id
    }

    private func signer(
        of header: BatchHeader, _ end: Tip, _ feed: Feed?, _ origin: ReplicaOrigin, _ log: MembershipLog
    ) throws -> MembershipLog.Member {
        let previousHead = try feed.flatMap { try head(of: $0, before: header.first) }
        switch log.status(of: header, end: end, signingKey: origin.deviceKey, previousHead: previousHead) {
        case .good(let member): return member
        case .unknownHead: throw StoreRefusal(.log)
        case .headWentBack, .wrongEpoch, .notMember: throw StoreRefusal(.signature)
        case .late: throw StoreRefusal(.late)
        }
    }

    private func verdict(
        on batch: Batch, _ state: FeedState, _ hash: HashFunction
    ) throws -> FeedState.Verdict {
        var failure: (any Error)?
        do {
            let verdict = try state.judge(
                batch,
                holding: { dot in
                    do { return try holding(dot) } catch {
                        failure = error
                        return .nothing
                    }
                }, hash)
            if let failure { throw failure }
            return verdict
        } catch let refusal as Refusal {
            if let failure { throw failure }
            throw StoreRefusal(refusal.code)
        }
    }

    /// Returns how many bytes were stored.
    private func insert(
        _ batch: Batch, _ feed: Feed?, _ origin: ReplicaOrigin, _ after: FeedState, _ limits: StoreLimits
    ) throws -> Int {
        let header = batch.header
        let author = try feed?.key ?? newFeed(header.replica, origin)
        try database.run(
            """
            INSERT INTO batch (line, first, count, previous, head, epoch, seen, signature, hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, author.value, header.first.value, header.count.value, header.previous.bytes.value,
            header.head.bytes.value,
            header.epoch.bytes.value, ColumnList.bytes(header.seen).value, batch.signature.value,
            after.end.hash.bytes.value)
        try advanceClock(of: author, header.seen)
        var merging = LiveMerging(self, [author: header.replica], limits)
        let seen = after.seen.clock
        let bytes = try batch.dotted.reduce(0) { bytes, dotted in
            let context = CausalContext(dot: dotted.dot, seen: seen, unread: dotted.edit.header.unread)
            return try bytes + merging.insert(dotted.edit, context, feed: author, first: header.first)
        }
        try merging.finish()
        return bytes
    }

    /// Checks the limits of feeds per device and per space; a space may have as many as a clock has rows.
    ///
    /// The last ones are reserved for devices with few feeds, so that a device that makes many cannot shut others
    /// out.
    private func checkRoom(
        forFeedOf device: DeviceIdentity, _ log: MembershipLog, _ limits: StoreLimits
    ) throws {
        let row = try database.first(
            "SELECT count(*), coalesce(sum(substr(origin, 1, ?) = ?), 0) FROM line WHERE space = ?",
            ReplicaOrigin.deviceKeyByteCount.value, device.signingKey.value, key.value)
        let (all, own): (Int, Int) = (row?[0] ?? 0, row?[1] ?? 0)
        let reserve = own < limits.feedsReservedPerDevice ? 0 : limits.feedsReservedPerDevice * log.members.count
        guard own < limits.feedsPerDeviceMax, all < limits.feedsPerSpaceMax - reserve else {
            throw StoreRefusal(.tooManyFeeds)
        }
    }

    private func newFeed(_ replica: ReplicaID, _ origin: ReplicaOrigin) throws -> Int64 {
        try database.run(
            "INSERT INTO line (space, replica, origin) VALUES (?, ?, ?)", key.value, replica.column.value,
            origin.column.value)
        return database.lastInsertedRowID
    }

    func advanceClock(of author: Int64, _ seen: [Tip]) throws {
        for end in seen {
            guard let feed = try feed(end.dot.replica) else { throw StoreDamage("a feed that was seen") }
            try database.run(
                """
                INSERT INTO clock VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = excluded.n, hash = excluded.hash
                """, author.value, feed.key.value, end.dot.n.value, end.hash.bytes.value)
        }
    }
}

extension Refusal {
    var code: ErrorCode {
        switch self {
        case .gap: .gap
        case .fork: .fork
        case .missing: .missing
        case .malformed: .malformed
        }
    }
}

extension Batch {
    /// Whether its numbers are within bounds, so that arithmetic is safe; everything else is checked elsewhere.
    fileprivate var isSound: Bool {
        let numbers = 1...Dot.nMax
        return (1...CausalityLimits.editsPerBatchMax).contains(header.count) && edits.count == header.count
            && (1...Dot.nMax - CausalityLimits.editsPerBatchMax).contains(header.first)
            && header.seen.allSatisfy { numbers.contains($0.dot.n) }
            && edits.allSatisfy { edit in
                numbers.contains(edit.header.group) && edit.header.unread.allSatisfy { numbers.contains($0.n) }
            }
    }
}
