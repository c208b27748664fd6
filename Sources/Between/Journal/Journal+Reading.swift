public import CanonicalJSON
public import Causality
import Membership
public import Records
import ReplicaStore

extension Journal {
    /// The current state of an entry.
    ///
    /// - Throws: ``JournalError`` `notFound`, `forgotten`, or `sealed` if it is here and cannot be opened yet.
    public func entry(_ id: EntryID) async throws -> Entry {
        try await read { reader in
            switch try reader.presence(of: id) {
            case .unknown: throw try reader.isSealed(id) ? JournalError.sealed(id) : JournalError.notFound(id)
            case .forgotten: throw JournalError.forgotten(id)
            case .here:
                guard let entry = try reader.entry(id) else { throw JournalError.notFound(id) }
                return entry
            }
        }
    }

    /// Entries, newest first, then by creation time.
    public func entries(_ query: EntryQuery = EntryQuery()) async throws -> [Entry] {
        try await read { reader in
            var entries: [Entry] = []
            try reader.entries(query) { entries.append($0) }
            return entries
        }
    }

    /// Entries that contain all of these words, newest first.
    ///
    /// A prefix of a word matches, any part of text written without spaces, or an emoji.
    public func search(_ words: [String]) async throws -> [Entry] {
        try await read { reader in
            var entries: [Entry] = []
            try reader.search(words) { entries.append($0) }
            return entries
        }
    }

    /// The ids in a range, including forgotten ones, up to a limit.
    public func ids(in range: ClosedRange<EntryID>, limit: Int) async throws -> [EntryID] {
        try await read { try $0.ids(in: range, limit: limit) }
    }

    /// The ids next to one in sorted order, which determine its shortest unique prefix.
    public func neighbours(of id: EntryID) async throws -> [EntryID] {
        try await read { try $0.neighbours(of: id) }
    }

    /// The number of practice notes about a homework.
    public func practices(of homework: EntryID) async throws -> Int {
        try await read { try $0.practices(of: homework) }
    }

    /// An edit of an entry, for display.
    public struct HistoryItem: Hashable, Sendable {
        public let edit: Dot
        public let at: Timestamp?
        /// The person who wrote it; `nil` if not known here.
        public let author: String?
        public let device: String?
        /// The fields that it set; `null` cleared one. Empty if it cannot be opened here.
        public let fields: [FieldName: JSONValue]
        public let live: [FieldName]
        public let isUndone: Bool
    }

    /// The edits of an entry, newest first.
    public func history(of id: EntryID) async throws -> [HistoryItem] {
        _ = try await entry(id)
        let access = try access.get()
        return try await read { reader in
            let signers =
                try reader.space(named: access.name).map { try access.membership(reader, in: $0).log.everySigner }
                ?? [:]
            var names: [DeviceID: String] = [:]
            return try reader.edits(of: id, access.keyring).reversed().map { held in
                let signer = signers[held.deviceKey]
                if let signer, names[signer.device.id] == nil {
                    names[signer.device.id] = try Device.name(of: signer, reader, access)
                }
                return HistoryItem(
                    edit: held.context.dot, at: held.content?.at, author: signer?.person.description,
                    device: signer.flatMap { names[$0.device.id] }, fields: held.content?.fields ?? [:],
                    live: held.live.sorted(), isUndone: held.isUndone)
            }
        }
    }

    /// The merge outcomes since the last call.
    ///
    /// - Parameter marksRead: whether the next call begins after these.
    public func changes(marksRead: Bool = true) async throws -> [MergeChange] {
        let last = try await read { try $0.setting(Self.changesRead).flatMap { Int($0) } ?? 0 }
        let changes = try await read { [keyring] in try $0.changes(after: last, keyring) }
        if marksRead, let newest = changes.last { try await markRead(through: newest) }
        return changes
    }

    /// Makes the next ``changes(marksRead:)`` begin after this one, unless it already begins later.
    public func markRead(through change: MergeChange) async throws {
        guard !isReadOnly else { return }
        try await self.change { transaction in
            let last = try transaction.reader.setting(Self.changesRead).flatMap { Int($0) } ?? 0
            if change.number > last { try transaction.set(Self.changesRead, to: String(change.number)) }
        }
    }

    /// All merge outcomes that are still stored.
    public func allChanges() async throws -> [MergeChange] {
        try await read { [keyring] in try $0.changes(after: 0, keyring) }
    }

    /// The keys that open edits; `nil` if the device's keys are missing.
    private var keyring: Keyring? { (try? access.get())?.keyring }

    static let changesRead = "changes_read"
    private static let hintDay = "mood_hint_day"

    /// The figures of the overview that `btw` alone prints.
    public struct HomeSummary: Hashable, Sendable {
        /// Open homework that is not due before today.
        public let open: Int
        /// Open homework whose due day has passed.
        public let fromLastTime: Int
        /// Entries flagged for the session.
        public let flagged: Int
        public let lastSession: Moment?
        public let nextSession: Moment?
        /// Whether to mention that no mood was noted today: at most once a day, see ``markMoodAsked(now:)``.
        public let asksForMood: Bool
    }

    /// The overview at a point in time.
    public func homeSummary(now: Moment) async throws -> HomeSummary {
        let today = now.day.description
        let (homeSummary, hinted) = try await read { (try $0.homeSummary(now: now), try $0.setting(Self.hintDay)) }
        let asks = !homeSummary.hasMoodToday && hinted != today
        return HomeSummary(
            open: homeSummary.open, fromLastTime: homeSummary.fromLastTime, flagged: homeSummary.flagged,
            lastSession: homeSummary.lastSession, nextSession: homeSummary.nextSession, asksForMood: asks)
    }

    /// Suppresses the hint about a missing mood for the rest of the day.
    public func markMoodAsked(now: Moment) async throws {
        if !isReadOnly { try await keep(Self.hintDay, now.day.description) }
    }

    /// Visits all entries, including the trash, without forgotten ones, sorted by id: one JSON object each, without
    /// line feed.
    public func export(visit: @Sendable (String) throws -> Void) async throws {
        try await read { reader in
            try reader.entriesByID { try visit($0.json(space: Text(Self.privateSpace)).canonicalText) }
        }
    }

    func read<T: Sendable>(_ body: @Sendable (StoreReader) throws -> T) async throws -> T {
        do { return try await store.read(body) } catch { throw JournalError.translated(error) }
    }

    private func keep(_ name: String, _ value: String) async throws {
        do { try await store.write { try $0.set(name, to: value) } } catch { throw JournalError.translated(error) }
    }
}
