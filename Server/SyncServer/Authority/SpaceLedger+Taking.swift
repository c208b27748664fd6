import Causality
import Membership
import Wire

/// Storing received batches.
extension SpaceLedger {
    /// Stores a batch as a whole, or refuses it.
    ///
    /// Checks in this order: membership log, feed, signature, rights, lengths, quota. A batch that is held already
    /// only supplies missing boxes.
    ///
    /// - Returns: the tip of the feed after it, and whether it was new.
    /// - Throws: ``StoreRefusal``. A batch that names an older head than its feed's previous batch, another epoch
    ///   than the one current at its head, or a head at which its author was not a member, counts as badly signed.
    func take(_ batch: Batch, _ log: MembershipLog) throws -> (end: Tip, isNew: Bool) {
        guard batch.isSound else { throw StoreRefusal(.malformed) }
        let header = batch.header
        let feed = try transaction.feed(header.replica, of: key)
        guard let origin = feed?.origin ?? header.origin else {
            throw StoreRefusal(header.first == 1 ? .malformed : .gap)
        }
        let end = batch.tip(hash)
        let last = try feed.flatMap { try transaction.lastBatch(ofFeed: $0.key, to: .max) }
        let signer = try signer(of: header, end, feed, last, origin, log)
        let state = try state(of: feed, last, header.replica)
        var feeds: KnownFeeds = [:]
        feeds[header.replica] = feed?.key
        switch try verdict(on: batch, state, &feeds) {
        case .held:
            for (dot, edit) in batch.dotted {
                if let box = edit.box { try supply(box, for: dot) }
            }
            return (end, false)
        case .extends(let after):
            guard batch.isSigned(by: signer.device, feedHash: end.hash) else { throw StoreRefusal(.signature) }
            if let dot = log.overreach(in: batch, by: signer, hash) { throw StoreRefusal(.rights, dot) }
            if let long = batch.dotted.first(where: { ($0.edit.box?.count ?? 0) > limits.boxLengthMax }) {
                throw StoreRefusal(.tooLarge, long.dot)
            }
            if feed == nil { try checkRoom(forFeedOf: signer.device, log) }
            let bytes = try insert(batch, feed, origin, after, &feeds)
            try countWithinQuota(edits: batch.edits.count, bytes: bytes, kept: header.seenByteCount)
            return (end, true)
        }
    }

    /// The device that a batch claims as its author; a false claim is refused when the batch is taken.
    func author(of batch: Batch, _ log: MembershipLog) throws -> DeviceID? {
        let origin = try transaction.feed(batch.header.replica, of: key)?.origin ?? batch.header.origin
        return origin.flatMap { log.member(signingKey: $0.deviceKey) }?.device.id
    }

    private func signer(
        of header: BatchHeader, _ end: Tip, _ feed: StoredFeed?, _ last: StoredBatch?, _ origin: ReplicaOrigin,
        _ log: MembershipLog
    ) throws -> MembershipLog.Member {
        var previous = last
        if let feed, let last, last.first >= header.first {
            previous = try transaction.lastBatch(ofFeed: feed.key, to: header.first - 1)
        }
        switch log.status(of: header, end: end, signingKey: origin.deviceKey, previousHead: previous?.head) {
        case .good(let member): return member
        case .unknownHead: throw StoreRefusal(.log)
        case .headWentBack, .wrongEpoch, .notMember: throw StoreRefusal(.signature)
        case .late: throw StoreRefusal(.late)
        }
    }

    private func verdict(
        on batch: Batch, _ state: FeedState, _ feeds: inout KnownFeeds
    ) throws -> FeedState.Verdict {
        var failure: (any Error)?
        do {
            let verdict = try state.judge(
                batch,
                holding: { dot in
                    do { return try holding(dot, &feeds) } catch {
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
        _ batch: Batch, _ feed: StoredFeed?, _ origin: ReplicaOrigin, _ after: FeedState, _ feeds: inout KnownFeeds
    ) throws -> Int {
        let header = batch.header
        let author = try feed?.key ?? transaction.addFeed(header.replica, origin, to: key)
        feeds[header.replica] = author
        try transaction.addBatch(header, signature: batch.signature, hash: after.end.hash, to: author)
        try advanceClock(of: author, header.seen, &feeds)
        var merging = LiveMerging(self, author: author, first: header.first, feeds)
        let seen = after.seen.clock
        let bytes = try batch.dotted.reduce(0) { bytes, dotted in
            let context = CausalContext(dot: dotted.dot, seen: seen, unread: dotted.edit.header.unread)
            return try bytes + merging.insert(dotted.edit, context)
        }
        try merging.finish()
        return bytes
    }

    /// Checks the limits of feeds per device and per space; a space may have as many as a clock has rows.
    ///
    /// The last ones are reserved for devices with few feeds, so that a device that makes many cannot shut others
    /// out.
    private func checkRoom(forFeedOf device: DeviceIdentity, _ log: MembershipLog) throws {
        let (all, own) = try transaction.feedCounts(of: key, signingKey: device.signingKey)
        let reserve = own < limits.feedsReservedPerDevice ? 0 : limits.feedsReservedPerDevice * log.members.count
        guard own < limits.feedsPerDeviceMax, all < limits.feedsPerSpaceMax - reserve else {
            throw StoreRefusal(.tooManyFeeds)
        }
    }
}

extension BatchHeader {
    /// What the rows of its clock count for in a quota.
    var seenByteCount: Int { seen.count * (2 * 8 + Hash256.byteCount) }
}

extension EditHeader {
    /// What it counts for in a quota: its fields, and what its author had not read.
    var byteCount: Int { tokens.count * 8 + unread.count * 2 * 8 }
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
