import Causality
import Membership
import Wire

/// The rules of one space within one transaction: what is read of it, and what may be stored in it.
struct SpaceLedger {
    let transaction: any StoreTransaction
    let key: StoreKey
    let id: SpaceID
    let limits: StoreLimits
    let hash: HashFunction

    init(
        _ transaction: any StoreTransaction, _ space: StoreMemory.Space, _ limits: StoreLimits,
        _ hash: @escaping HashFunction
    ) {
        self.transaction = transaction
        key = space.key
        id = space.log.space
        self.limits = limits
        self.hash = hash
    }
}

// MARK: - Feeds and clocks

extension SpaceLedger {
    /// Feeds that were looked up in this transaction.
    typealias KnownFeeds = [ReplicaID: StoreKey]

    /// The tips of all feeds.
    func frontier() throws -> Frontier {
        var frontier = Frontier()
        for (_, tip) in try transaction.tips(of: key) { frontier.advance(to: tip) }
        return frontier
    }

    /// The tip of a feed, and its author's clock there.
    func state(of feed: StoredFeed?, _ last: StoredBatch?, _ replica: ReplicaID) throws -> FeedState {
        guard let feed, let last else {
            return FeedState(start: FeedState.start(space: id.bytes, replica: replica, hash), replica: replica)
        }
        var seen = Frontier()
        for tip in try transaction.clock(ofFeed: feed.key) { seen.advance(to: tip) }
        return FeedState(end: Tip(Dot(replica, last.last), last.hash), seen: seen)
    }

    func feed(_ replica: ReplicaID, _ feeds: inout KnownFeeds) throws -> StoreKey? {
        if let known = feeds[replica] { return known }
        let feed = try transaction.feed(replica, of: key)?.key
        feeds[replica] = feed
        return feed
    }

    func holding(_ dot: Dot, _ feeds: inout KnownFeeds) throws -> FeedState.Holding {
        guard let feed = try feed(dot.replica, &feeds),
            let batch = try transaction.lastBatch(ofFeed: feed, to: dot.n), batch.last >= dot.n
        else { return .nothing }
        return batch.last == dot.n ? .end(batch.hash) : .within
    }

    /// The feeds of another's clock that are at least as long here, but with another hash.
    func forked(_ theirs: Frontier, ours: Frontier) throws -> [ReplicaID] {
        var feeds: KnownFeeds = [:]
        return try theirs.ends.filter { row in
            guard let end = ours[row.dot.replica], row.dot.n <= end.dot.n, end != row else { return false }
            return try holding(row.dot, &feeds) != .end(row.hash)
        }.map(\.dot.replica)
    }

    /// The tips at those of the numbers where a batch of this feed ends.
    func ends(of replica: ReplicaID, at numbers: [Int]) throws -> [Tip] {
        var feeds: KnownFeeds = [:]
        return try numbers.compactMap { n in
            guard case .end(let hash) = try holding(Dot(replica, n), &feeds) else { return nil }
            return Tip(Dot(replica, n), hash)
        }
    }

    func advanceClock(of author: StoreKey, _ seen: [Tip], _ feeds: inout KnownFeeds) throws {
        for tip in seen {
            guard let feed = try feed(tip.dot.replica, &feeds) else { throw StoreDamage("a feed that was seen") }
            try transaction.setClock(ofFeed: author, seen: feed, tip)
        }
    }
}

// MARK: - Batches

/// Reading batches to send to a device.
extension SpaceLedger {
    /// A feed with batches to send, and its next batch.
    private struct Next {
        let feed: StoreKey
        let batch: StoredBatch
    }

    /// Batches that a clock does not cover, in the order of their arrival, as many as fit.
    ///
    /// Costs a look at the tip of each feed, and then the batches sent.
    func batches(beyond clock: VectorClock, room: Int) throws -> (batches: [Batch], isLast: Bool) {
        var nexts = try news(beyond: clock)
        var left = min(room, WireLimits.creditAtFirst)
        var batches: [Batch] = []
        while let index = nexts.indices.min(by: { nexts[$0].batch.key < nexts[$1].batch.key }) {
            let batch = try transaction.batch(nexts[index].batch.key, .live)
            left -= MessageWriter.length(of: .batch(id, batch))
            guard left >= 0 else { return (batches, false) }
            batches.append(batch)
            let feed = nexts[index].feed
            if let next = try transaction.nextBatch(ofFeed: feed, after: nexts[index].batch.first) {
                nexts[index] = Next(feed: feed, batch: next)
            } else {
                nexts.remove(at: index)
            }
        }
        return (batches, true)
    }

    /// The batch that begins at a dot, without its boxes.
    func bareBatch(at dot: Dot) throws -> Batch? {
        guard let feed = try transaction.feed(dot.replica, of: key),
            let batch = try transaction.lastBatch(ofFeed: feed.key, to: dot.n), batch.first == dot.n
        else { return nil }
        return try transaction.batch(batch.key, .none)
    }

    /// Of each feed that goes beyond a clock, the first batch that does.
    private func news(beyond clock: VectorClock) throws -> [Next] {
        try transaction.tips(of: key).compactMap { feed, tip in
            let known = clock[feed.replica]
            guard known < tip.dot.n else { return nil }
            let around = try transaction.lastBatch(ofFeed: feed.key, to: known)
            // A clock that ends inside a batch does not cover it.
            if let around, known < around.last { return Next(feed: feed.key, batch: around) }
            return try transaction.nextBatch(ofFeed: feed.key, after: known).map { Next(feed: feed.key, batch: $0) }
        }
    }
}

// MARK: - Boxes

/// Requested boxes, and boxes that are missing here.
extension SpaceLedger {
    /// Edits whose boxes are missing here and may come, in the order of their arrival, after one of them; and the last
    /// that was looked at.
    func missingBoxes(besides: Set<Dot>, after start: StoreKey) throws -> (dots: [Dot], last: StoreKey) {
        var dots: [Dot] = []
        var last = start
        try transaction.missingBoxes(of: key, after: start) { dot, edit in
            if !besides.contains(dot) { dots.append(dot) }
            last = edit
            return dots.count < WireLimits.fetchDotsMax
        }
        return (dots, last)
    }

    /// Boxes of these edits, in order, as many as fit.
    func boxes(_ dots: [Dot], room: Int) throws -> [FoundBox] {
        var left = room
        var found: [FoundBox] = []
        for dot in dots {
            let box = FoundBox(dot, try transaction.box(of: dot, in: key))
            left -= MessageWriter.length(of: .box(id, dot, box.bytes))
            guard left >= 0 else { break }
            found.append(box)
        }
        return found
    }

    /// Stores a missing box; a box that is not the edit's own is ignored.
    func supply(_ box: [UInt8], for dot: Dot) throws {
        guard let missing = try transaction.missingBox(of: dot, in: key), box.count <= limits.boxLengthMax,
            hash(box) == missing.hash
        else { return }
        try countWithinQuota(bytes: box.count)
        try transaction.addBox(box, to: missing.edit)
    }

    /// Erases every box of an entry; later boxes of it are not stored.
    func forget(_ entry: StoredEntry) throws {
        let (freed, kept) = try transaction.erase(entry, in: key)
        try count(bytes: -freed, kept: kept)
    }
}

// MARK: - Quotas

extension SpaceLedger {
    /// Adds to the counts of the space, and returns them.
    ///
    /// - Parameters:
    ///   - bytes: of edits and their boxes.
    ///   - kept: of everything else.
    @discardableResult
    func count(edits: Int = 0, bytes: Int = 0, kept: Int = 0) throws -> StoredSpace {
        guard var space = try transaction.space(id) else { throw StoreDamage("a space") }
        space.editCount += edits
        space.byteCount += bytes
        space.keptByteCount += kept
        try transaction.put(space)
        return space
    }

    /// Adds to the counts of the space, and refuses what exceeds a quota.
    @discardableResult
    func countWithinQuota(edits: Int = 0, bytes: Int = 0, kept: Int = 0) throws -> StoredSpace {
        let space = try count(edits: edits, bytes: bytes, kept: kept)
        guard space.editCount <= limits.editsPerSpaceMax,
            space.byteCount + space.keptByteCount <= limits.bytesPerSpaceMax
        else { throw StoreRefusal(.full) }
        guard let account = space.account else { return space }
        let all = try transaction.usage(of: account)
        guard all.editCount <= limits.editsPerPersonMax, all.byteCount <= limits.bytesPerPersonMax else {
            throw StoreRefusal(.full)
        }
        return space
    }

    /// Counts a record, and refuses it beyond a quota.
    func count(_ record: MembershipRecord, of held: StoreMemory.Space, at millis: Int) throws {
        var space = try countWithinQuota(kept: record.bytes.count)
        let today = Self.day(millis)
        space.recordCount = space.recordDay == today ? space.recordCount + 1 : 1
        space.recordDay = today
        try transaction.put(space)
        guard space.recordCount <= limits.recordsPerDayMax, held.recordByteCount <= limits.recordBytesPerSpaceMax else {
            throw StoreRefusal(.full)
        }
    }

    /// Counts a record by which devices go. Whoever has one device shall not stay by using up what there is for
    /// records, or the space's or the person's room: there are no more of these than of devices that came, which were
    /// counted.
    ///
    /// - Parameter isCutTrue: whether the record's cut was compared with the clock. One that is not may be as long as
    ///   its author likes, and has no room of its own.
    func count(removal record: MembershipRecord, of held: StoreMemory.Space, isCutTrue: Bool) throws {
        try count(kept: record.bytes.count)
        let reserve = isCutTrue ? limits.removalBytesPerSpaceMax : 0
        guard held.recordByteCount <= limits.recordBytesPerSpaceMax + reserve else { throw StoreRefusal(.full) }
    }

    /// A day of the server's clock, counted from 1970.
    static func day(_ millis: Int) -> Int { millis / (24 * 3_600_000) }

    func isDayUsedUp(at millis: Int) throws -> Bool {
        guard let space = try transaction.space(id) else { return false }
        return space.recordDay == Self.day(millis) && space.recordCount >= limits.recordsPerDayMax
    }
}

// MARK: - Records

extension SpaceLedger {
    /// Whether no held batch of a removed device is beyond its feed's bound.
    func isWithinBounds(_ log: MembershipLog) throws -> Bool {
        guard log.hasDepartures else { return true }
        return try log.owedRaise(of: transaction.tips(of: key).map { ($0.tip, $0.feed.origin.deviceKey) }).ends.isEmpty
    }

    /// Keeps a refused record, so that the administrator can settle the log on it.
    func keepQuarantined(_ record: [UInt8], at millis: Int) throws {
        guard let record = try? MembershipRecord(parsing: record),
            try transaction.quarantinedRecordCount(of: key) < StoreLimits.quarantinedRecordsMax
        else { return }
        try transaction.quarantineRecord(record.bytes, record.hash, of: key, at: millis)
    }

    func forgetQuarantined(_ records: some Sequence<MembershipRecord>) throws {
        for record in records { try transaction.removeQuarantinedRecord(record.hash, of: key) }
    }

    /// The consecutive quarantined records that end with this one, in order, and the head that they follow; `nil` if
    /// there is none.
    func quarantinedRecords(to hash: Hash256) throws -> (records: [[UInt8]], after: Hash256)? {
        var records: [[UInt8]] = []
        var next = hash
        while records.count < StoreLimits.quarantinedRecordsMax {
            guard let bytes = try transaction.quarantinedRecord(next, of: key),
                let previous = try? MembershipRecord(parsing: bytes).previous
            else { break }
            records.insert(bytes, at: 0)
            next = previous
        }
        return records.isEmpty ? nil : (records, next)
    }

    /// Updates the current and former members.
    func setMembers(of log: MembershipLog, before: MembershipLog?) throws {
        let former = before.map { Set($0.members.map(\.device.id)) } ?? []
        let current = Set(log.members.map(\.device.id))
        for device in former.symmetricDifference(current) {
            let isCurrent = current.contains(device)
            // After a log was cut back, it may not contain the device at all.
            guard isCurrent || log.wasRemoved(device) else {
                try transaction.setMembership(of: device, in: key, isCurrent: nil)
                continue
            }
            try transaction.setMembership(of: device, in: key, isCurrent: isCurrent)
            if !isCurrent { try endEnrolment(of: device) }
        }
    }

    /// Ends the enrolment of a device without a space, unless the administrator keeps it.
    private func endEnrolment(of id: DeviceID) throws {
        guard var device = try transaction.device(id), device.isEnrolled, !device.isKept,
            try !transaction.memberships(of: id).contains(where: \.isCurrent)
        else { return }
        (device.signingKey, device.agreementKey) = (nil, nil)
        try transaction.put(device)
    }
}
