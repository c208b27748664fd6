import Causality
import Synchronization
package import SyncServer
import Wire

/// A storage engine in plain collections: the smallest that passes the contract of engines.
///
/// One transaction runs after the other, on a copy that replaces the rows if its job succeeds.
package final class MemoryEngine: StoreEngine {
    private let state: Mutex<(rows: MemoryRows, memory: StoreMemory)>

    package init() { state = Mutex((MemoryRows(), StoreMemory())) }

    /// Another process opens the store that this one closed: its rows, without its memory.
    package init(reopening other: MemoryEngine) {
        state = Mutex((other.state.withLock { $0.rows }, StoreMemory()))
    }

    package var memory: StoreMemory { state.withLock { $0.memory } }
    package var isReadOnly: Bool { false }

    package func write<Answer: Sendable>(_ job: @escaping StoreJob<Answer>) async throws -> Answer {
        try state.withLock { state in
            let transaction = MemoryTransaction(state.rows)
            var memory = state.memory
            let answer = try job(transaction, &memory)
            state = (transaction.rows, memory)
            return answer
        }
    }

    package func read<Answer: Sendable>(_ job: @escaping StoreJob<Answer>) async throws -> Answer {
        try state.withLock { state in
            var memory = state.memory
            let answer = try job(MemoryTransaction(state.rows), &memory)
            state.memory.adopt(memory)
            return answer
        }
    }

    package func backup(to path: String) async throws { throw StoreDamage("no file") }

    /// Erased content is gone at once.
    package func scrub() async throws -> Bool {
        state.withLock { $0.rows.isScrubDue = false }
        return true
    }

    package func close() async throws {}
}

/// The rows of a ``MemoryEngine``.
struct MemoryRows: Sendable {
    struct Feed {
        let space: StoreKey
        let stored: StoredFeed
        var clock: [StoreKey: Tip] = [:]
        /// By their first numbers.
        var batches: [Int: BatchRow] = [:]
    }

    struct BatchRow {
        let stored: StoredBatch
        let header: BatchHeader
        let signature: [UInt8]
    }

    struct EditRow {
        let key: StoreKey
        let place: StoredPlace
        let dot: Dot
        let first: Int
        let header: EditHeader
        var box: [UInt8]?
        var lacksBox: Bool
        var liveCount: Int
    }

    struct EntryRow {
        let key: StoreKey
        let space: StoreKey
        let id: EntryID
        var isForgotten = false
        var live: [FieldToken: [StoredLive]] = [:]
    }

    struct LogKey: Hashable {
        let space: StoreKey
        let hash: Hash256
    }

    var devices: [DeviceID: StoredDevice] = [:]
    var invitations: [Hash256: StoredInvitation] = [:]
    var spaces: [SpaceID: StoredSpace] = [:]
    var members: [DeviceID: [StoreKey: Bool]] = [:]
    var records: [StoreKey: [[UInt8]]] = [:]
    var quarantinedRecords: [LogKey: [UInt8]] = [:]
    var feeds: [StoreKey: Feed] = [:]
    /// The feed and the first number of each batch.
    var batches: [StoreKey: (feed: StoreKey, first: Int)] = [:]
    var entries: [StoreKey: EntryRow] = [:]
    /// By feed and number.
    var edits: [StoredLive: EditRow] = [:]
    var quarantined: [LogKey: Batch] = [:]
    var isScrubDue = false
    private var last: StoreKey = 0

    mutating func next() -> StoreKey {
        last += 1
        return last
    }
}

/// One transaction of a ``MemoryEngine``.
private final class MemoryTransaction: StoreTransaction {
    private(set) var rows: MemoryRows

    init(_ rows: MemoryRows) { self.rows = rows }

    // MARK: Devices

    func device(_ id: DeviceID) throws -> StoredDevice? { rows.devices[id] }
    func devices() throws -> [StoredDevice] { rows.devices.values.sorted { $0.id < $1.id } }
    func put(_ device: StoredDevice) throws { rows.devices[device.id] = device }
    func invitation(_ hash: Hash256) throws -> StoredInvitation? { rows.invitations[hash] }
    func put(_ invitation: StoredInvitation) throws { rows.invitations[invitation.invitation.hash] = invitation }
    func removeInvitations(expiringBy millis: Int) throws {
        rows.invitations = rows.invitations.filter { !$1.isUsed && $1.invitation.untilMillis > millis }
    }

    // MARK: Spaces

    func space(_ id: SpaceID) throws -> StoredSpace? { rows.spaces[id] }

    func addSpace(_ id: SpaceID, account: DeviceID?) throws -> StoredSpace {
        let space = StoredSpace(key: rows.next(), id: id, account: account)
        rows.spaces[id] = space
        return space
    }

    func put(_ space: StoredSpace) throws { rows.spaces[space.id] = space }

    func usage(of account: DeviceID) throws -> StoredUsage {
        let spaces = rows.spaces.values.filter { $0.account == account }
        return StoredUsage(
            spaceCount: spaces.count, editCount: spaces.reduce(0) { $0 + $1.editCount },
            byteCount: spaces.reduce(0) { $0 + $1.byteCount + $1.keptByteCount })
    }

    func statusOfSpaces() throws -> [StoreStatus.Space] {
        rows.spaces.values.sorted { $0.id < $1.id }.map { space in
            let quarantined = rows.quarantined.filter { $0.key.space == space.key }.values
            return StoreStatus.Space(
                id: space.id, recordCount: rows.records[space.key]?.count ?? 0, editCount: space.editCount,
                byteCount: space.byteCount, keptByteCount: space.keptByteCount, quarantinedCount: quarantined.count,
                quarantinedByteCount: quarantined.reduce(0) { $0 + MessageWriter.length(of: .batch(space.id, $1)) })
        }
    }

    func memberships(of device: DeviceID) throws -> [StoredMembership] {
        let spaces = rows.members[device] ?? [:]
        return rows.spaces.values.sorted { $0.id < $1.id }.compactMap { space in
            spaces[space.key].map {
                StoredMembership(space: space.id, key: space.key, account: space.account, isCurrent: $0)
            }
        }
    }

    func setMembership(of device: DeviceID, in space: StoreKey, isCurrent: Bool?) throws {
        rows.members[device, default: [:]][space] = isCurrent
    }

    // MARK: Membership logs

    func records(of space: StoreKey, from position: Int) throws -> [[UInt8]] {
        Array((rows.records[space] ?? []).dropFirst(position))
    }

    func setRecords(_ records: [[UInt8]], of space: StoreKey, from position: Int) throws {
        rows.records[space] = (rows.records[space] ?? []).prefix(position) + records
    }

    func quarantinedRecordCount(of space: StoreKey) throws -> Int {
        rows.quarantinedRecords.keys.count { $0.space == space }
    }

    func quarantinedRecord(_ hash: Hash256, of space: StoreKey) throws -> [UInt8]? {
        rows.quarantinedRecords[MemoryRows.LogKey(space: space, hash: hash)]
    }

    func quarantineRecord(_ bytes: [UInt8], _ hash: Hash256, of space: StoreKey, at millis: Int) throws {
        rows.quarantinedRecords[MemoryRows.LogKey(space: space, hash: hash)] = bytes
    }

    func removeQuarantinedRecord(_ hash: Hash256, of space: StoreKey) throws {
        rows.quarantinedRecords[MemoryRows.LogKey(space: space, hash: hash)] = nil
    }

    // MARK: Feeds and clocks

    private func feed(_ key: StoreKey) throws -> MemoryRows.Feed {
        guard let feed = rows.feeds[key] else { throw StoreDamage("a feed") }
        return feed
    }

    private func feeds(of space: StoreKey) -> [MemoryRows.Feed] {
        rows.feeds.values.filter { $0.space == space }.sorted { $0.stored.replica < $1.stored.replica }
    }

    func feed(_ replica: ReplicaID, of space: StoreKey) throws -> StoredFeed? {
        feeds(of: space).first { $0.stored.replica == replica }?.stored
    }

    func addFeed(_ replica: ReplicaID, _ origin: ReplicaOrigin, to space: StoreKey) throws -> StoreKey {
        let feed = StoredFeed(key: rows.next(), replica: replica, origin: origin)
        rows.feeds[feed.key] = MemoryRows.Feed(space: space, stored: feed)
        return feed.key
    }

    func removeFeed(_ feed: StoreKey) throws { rows.feeds[feed] = nil }
    func replica(ofFeed feed: StoreKey) throws -> ReplicaID { try self.feed(feed).stored.replica }

    func feedCounts(of space: StoreKey, signingKey: [UInt8]) throws -> (all: Int, own: Int) {
        let feeds = feeds(of: space)
        return (feeds.count, feeds.count { $0.stored.origin.deviceKey == signingKey })
    }

    func tips(of space: StoreKey) throws -> [(feed: StoredFeed, tip: Tip)] {
        try feeds(of: space).compactMap { feed in
            try lastBatch(ofFeed: feed.stored.key, to: .max).map {
                (feed.stored, Tip(Dot(feed.stored.replica, $0.last), $0.hash))
            }
        }
    }

    func clock(ofFeed feed: StoreKey) throws -> [Tip] {
        try self.feed(feed).clock.values.sorted { $0.dot.replica < $1.dot.replica }
    }

    func setClock(ofFeed feed: StoreKey, seen other: StoreKey, _ tip: Tip) throws {
        rows.feeds[feed]?.clock[other] = tip
    }

    func removeClock(ofFeed feed: StoreKey) throws { rows.feeds[feed]?.clock = [:] }

    // MARK: Batches

    func lastBatch(ofFeed feed: StoreKey, to number: Int) throws -> StoredBatch? {
        try self.feed(feed).batches.values.filter { $0.stored.first <= number }.max {
            $0.stored.first < $1.stored.first
        }?
        .stored
    }

    func nextBatch(ofFeed feed: StoreKey, after number: Int) throws -> StoredBatch? {
        try self.feed(feed).batches.values.filter { $0.stored.first > number }.min {
            $0.stored.first < $1.stored.first
        }?
        .stored
    }

    private func row(_ key: StoreKey) throws -> (feed: StoreKey, batch: MemoryRows.BatchRow) {
        guard let place = rows.batches[key], let batch = rows.feeds[place.feed]?.batches[place.first] else {
            throw StoreDamage("a batch")
        }
        return (place.feed, batch)
    }

    private func edits(ofBatch key: StoreKey) throws -> [MemoryRows.EditRow] {
        let (feed, batch) = try row(key)
        return try (batch.stored.first...batch.stored.last).map { n in
            guard let edit = rows.edits[StoredLive(feed: feed, n: n)] else { throw StoreDamage("the edits of a batch") }
            return edit
        }
    }

    func batch(_ key: StoreKey, _ boxes: StoredBoxes) throws -> Batch {
        let batch = try row(key).batch
        return Batch(
            batch.header, signature: batch.signature,
            edits: try edits(ofBatch: key).map { edit in
                let isRead = boxes == .all || boxes == .live && edit.liveCount > 0
                return Edit(edit.header, box: isRead ? edit.box : nil)
            })
    }

    func history(of space: StoreKey) throws -> [StoredOutline] {
        feeds(of: space).flatMap { feed in
            feed.batches.values.map {
                StoredOutline(feed: feed.stored, batch: $0.stored, epoch: $0.header.epoch, seen: $0.header.seen)
            }
        }.sorted { $0.batch.key < $1.batch.key }
    }

    func addBatch(_ header: BatchHeader, signature: [UInt8], hash: Hash256, to feed: StoreKey) throws {
        let stored = StoredBatch(
            key: rows.next(), first: header.first, last: header.lastDot.n, head: header.head, hash: hash)
        rows.feeds[feed]?.batches[header.first] = MemoryRows.BatchRow(
            stored: stored, header: header, signature: signature)
        rows.batches[stored.key] = (feed, header.first)
    }

    func removeBatch(_ key: StoreKey) throws -> (entries: [StoreKey], erasedByteCount: Int) {
        let edits = try edits(ofBatch: key)
        let (feed, batch) = try row(key)
        for edit in edits { rows.edits[StoredLive(feed: feed, n: edit.dot.n)] = nil }
        rows.feeds[feed]?.batches[batch.stored.first] = nil
        rows.batches[key] = nil
        return (edits.map(\.place.entry), 0)
    }

    // MARK: Entries and edits

    func entry(_ id: EntryID, in space: StoreKey) throws -> (entry: StoredEntry, isNew: Bool) {
        if let row = rows.entries.values.first(where: { $0.id == id && $0.space == space }) {
            return (StoredEntry(key: row.key, id: id, isForgotten: row.isForgotten), false)
        }
        let row = MemoryRows.EntryRow(key: rows.next(), space: space, id: id)
        rows.entries[row.key] = row
        return (StoredEntry(key: row.key, id: id, isForgotten: false), true)
    }

    func removeEntry(_ entry: StoreKey) throws { rows.entries[entry] = nil }

    func erase(_ entry: StoredEntry, in space: StoreKey) throws -> (freed: Int, kept: Int) {
        var freed = 0
        for edit in rows(of: entry.key) {
            freed += edit.box?.count ?? 0
            update(edit) { ($0.box, $0.lacksBox, $0.liveCount) = (nil, false, 0) }
        }
        rows.entries[entry.key]?.isForgotten = true
        rows.entries[entry.key]?.live = [:]
        for (key, var batch) in rows.quarantined where key.space == space {
            for index in batch.edits.indices where batch.edits[index].header.entry == entry.id {
                batch.edits[index].box = nil
            }
            rows.quarantined[key] = batch
        }
        rows.isScrubDue = true
        return (freed, 0)
    }

    func add(_ edit: Edit, at number: Int, ofBatch first: Int, _ place: StoredPlace, isErased: Bool) throws {
        let live = StoredLive(feed: place.feed, n: number)
        rows.edits[live] = MemoryRows.EditRow(
            key: rows.next(), place: place, dot: Dot(try replica(ofFeed: place.feed), number), first: first,
            header: edit.header, box: isErased ? nil : edit.box, lacksBox: !isErased && edit.box == nil,
            liveCount: isErased ? 0 : edit.header.tokens.count)
        guard !isErased else { return }
        for token in edit.header.tokens { rows.entries[place.entry]?.live[token, default: []].append(live) }
    }

    private func rows(of entry: StoreKey) -> [MemoryRows.EditRow] {
        rows.edits.values.filter { $0.place.entry == entry }.sorted { $0.key < $1.key }
    }

    private func update(_ edit: MemoryRows.EditRow, _ change: (inout MemoryRows.EditRow) -> Void) {
        var edit = edit
        change(&edit)
        rows.edits[StoredLive(feed: edit.place.feed, n: edit.dot.n)] = edit
    }

    func edits(of entry: StoreKey) throws -> [StoredEdit] {
        rows(of: entry).map { row in
            StoredEdit(
                feed: row.place.feed, dot: row.dot, batch: Dot(row.dot.replica, row.first),
                isForget: row.header.isForget,
                tokens: row.header.tokens, unread: row.header.unread)
        }
    }

    func live(in entry: StoreKey, _ token: FieldToken, ofFeed feed: StoreKey, othersMax: Int) throws -> [StoredLive] {
        let live = rows.entries[entry]?.live[token] ?? []
        return live.filter { $0.feed == feed } + live.filter { $0.feed != feed }.prefix(othersMax)
    }

    func removeLive(_ live: StoredLive, in entry: StoreKey, _ token: FieldToken) throws {
        rows.entries[entry]?.live[token]?.removeAll { $0 == live }
    }

    func lowerLiveCount(of edit: StoredLive, by count: Int) throws { rows.edits[edit]?.liveCount -= count }

    func setLive(_ live: [FieldToken: [StoredLive]], in entry: StoreKey) throws {
        rows.entries[entry]?.isForgotten = false
        rows.entries[entry]?.live = live
        let all = live.values.joined()
        for edit in rows(of: entry) {
            let place = StoredLive(feed: edit.place.feed, n: edit.dot.n)
            update(edit) { ($0.lacksBox, $0.liveCount) = ($0.box == nil, all.count { $0 == place }) }
        }
    }

    // MARK: Boxes

    private func edit(at dot: Dot, in space: StoreKey) throws -> MemoryRows.EditRow? {
        try feed(dot.replica, of: space).flatMap { rows.edits[StoredLive(feed: $0.key, n: dot.n)] }
    }

    func box(of dot: Dot, in space: StoreKey) throws -> [UInt8]? { try edit(at: dot, in: space)?.box }

    func missingBox(of dot: Dot, in space: StoreKey) throws -> (edit: StoreKey, hash: Hash256)? {
        guard let edit = try edit(at: dot, in: space), edit.lacksBox, let hash = edit.header.boxHash else { return nil }
        return (edit.key, hash)
    }

    func missingBoxes(of space: StoreKey, after edit: StoreKey, while visit: (Dot, StoreKey) throws -> Bool) throws {
        let missing = rows.edits.values.filter { $0.place.space == space && $0.lacksBox && $0.key > edit }
        for edit in missing.sorted(by: { $0.key < $1.key }) {
            guard try visit(edit.dot, edit.key) else { return }
        }
    }

    func addBox(_ bytes: [UInt8], to edit: StoreKey) throws {
        guard let row = rows.edits.values.first(where: { $0.key == edit }) else { throw StoreDamage("an edit") }
        update(row) { ($0.box, $0.lacksBox) = (bytes, false) }
    }

    // MARK: Quarantine

    func quarantine(
        _ batch: Batch, hash: Hash256, reason: ErrorCode, of id: SpaceID, _ space: StoreKey, at millis: Int
    ) throws -> Bool {
        let key = MemoryRows.LogKey(space: space, hash: hash)
        guard rows.quarantined[key] == nil else { return false }
        rows.quarantined[key] = batch
        return true
    }

    var isScrubDue: Bool { get throws { rows.isScrubDue } }
}
