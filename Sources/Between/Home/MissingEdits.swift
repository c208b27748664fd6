import CanonicalJSON
import Causality
import ReplicaStore
import SQLiteFile

/// Edits that this device wrote and the database does not contain: an older copy was restored, or a copy was made
/// without its WAL.
///
/// `HOME/incarnation` records how far this device wrote, until the next write, which uses a new replica id; so before
/// that, and before an exchange, the gaps are stored in the database (decision 16).
struct MissingEdits: Equatable {
    private static let noted = "missing"
    private static let accepted = "missing_accepted"

    /// The missing end of a feed.
    private struct Gap: Equatable {
        let last: Dot
        /// The feed's length here, now or when the gap was stored: a feed is removed with its space.
        let held: Int

        var text: String { "\(last)>\(held)" }
    }

    private var gaps: [Gap] = []
    /// Whether all gaps are stored in the database.
    private var isNoted = true

    /// The number of missing edits.
    var count: Int { gaps.reduce(0) { $0 + $1.last.n - $1.held } }

    /// - Parameter stored: the content of the incarnation file.
    init(_ stored: Incarnation?, _ reader: StoreReader) throws {
        let noted = try Self.words(Self.noted, reader).compactMap { word -> Gap? in
            let parts = word.split(separator: ">")
            guard let last = parts.first.flatMap({ Dot($0) }), let held = parts.last.flatMap({ Int($0) }) else {
                return nil
            }
            return Gap(last: last, held: held)
        }
        for gap in noted {
            let held = max(gap.held, try reader.heldCount(of: gap.last.replica) ?? 0)
            if gap.last.n > held { gaps.append(Gap(last: gap.last, held: held)) }
        }
        let accepted = Set(try Self.words(Self.accepted, reader).compactMap { Dot($0) })
        let own = try Set(reader.spaces().compactMap(\.replica))
        for last in (stored?.feeds ?? [:]).values where !accepted.contains(last) {
            let held = try reader.heldCount(of: last.replica)
            // A feed that was left on purpose has no gap, or its gap is stored.
            guard held == nil || own.contains(last.replica), last.n > held ?? 0,
                !noted.contains(where: { $0.last == last })
            else { continue }
            gaps.append(Gap(last: last, held: held ?? 0))
            isNoted = false
        }
    }

    /// Stores the gaps that only the incarnation file shows, since that is about to be overwritten.
    func note(in transaction: StoreTransaction) throws {
        if !isNoted { try transaction.set(Self.noted, to: Self.text(gaps.map(\.text))) }
    }

    /// Stops reporting the gaps. The incarnation file is kept, so that no dot is used twice.
    func accept(in transaction: StoreTransaction) throws {
        try transaction.set(Self.accepted, to: Self.text(gaps.map(\.last.description)))
        try transaction.set(Self.noted, to: "")
    }

    /// A space is replaced by another one, so its feed is not reported as missing.
    static func leave(_ space: Space, _ stored: Incarnation?, in transaction: StoreTransaction) throws {
        guard let stored else { return }
        try MissingEdits(stored, transaction.reader).note(in: transaction)
        guard let last = stored.feeds[space.text]?.description else { return }
        let others = try words(accepted, transaction.reader).map(String.init).filter { $0 != last }
        try transaction.set(accepted, to: text(others + [last]))
    }

    private static func words(_ name: String, _ reader: StoreReader) throws -> [Substring] {
        (try reader.setting(name) ?? "").split(separator: " ")
    }

    private static func text(_ words: [String]) -> String { words.sorted().joined(separator: " ") }
}

extension Journal {
    /// The number of edits that this device wrote and this database does not contain; see ``MissingEdits``.
    ///
    /// An exchange brings back those that were sent. The others are reported until ``acceptMissing()``.
    public func missingCount() async throws -> Int {
        // Read before the database, so that concurrent writes are in both.
        let stored = try folder.storedIncarnation()
        return try await read { try MissingEdits(stored, $0).count }
    }

    /// Stops reporting the missing edits.
    public func acceptMissing() async throws {
        try await change { [folder] in try MissingEdits(folder.storedIncarnation(), $0.reader).accept(in: $0) }
    }

    /// Called before an exchange, in which this device may start a new feed.
    func noteMissing() async throws {
        guard !isReadOnly, try await missingCount() > 0 else { return }
        try await change { [folder] in try MissingEdits(folder.storedIncarnation(), $0.reader).note(in: $0) }
    }
}

extension JournalError {
    /// The database is missing or empty, though this device wrote to it.
    static func lost(_ stored: [UInt8], in home: HomeFolder) -> JournalError {
        let written = Incarnation(stored)?.feeds.values.reduce(0) { $0 + $1.n } ?? 0
        let folder = home.path.count > 1 && home.path.hasSuffix("/") ? String(home.path.dropLast()) : home.path
        let what = written == 1 ? "1 change is" : written > 1 ? "\(written) changes are" : "What was written is"
        return JournalError(
            .missing,
            "\(what) missing: \(home.database) is not there or holds nothing, and this device wrote to it. "
                + "Nothing was made.",
            next: "Put journal.db and journal.db-wal back, both from one copy. Without a copy: "
                + "mv \(ShellWord.quoted(folder)) \(ShellWord.quoted(folder + ".old")), and then btw join STRING, "
                + "which brings what was synced, or btw note, which begins anew")
    }
}
