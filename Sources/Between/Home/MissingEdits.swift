import CanonicalJSON
import Causality
import ReplicaStore
import SQLiteFile

/// What this device wrote, and the database that is here does not hold: an older copy was put back, or a copy was
/// made without the log beside it.
///
/// `HOME/incarnation` says how far this device wrote. It says so until the next write, which is under a new name;
/// so before that, and before an exchange, what is missing is noted in the database (decision 16).
struct MissingEdits: Equatable {
    private static let noted = "missing"
    private static let accepted = "missing_accepted"

    /// The end of a line that was written and is not here.
    private struct Gap: Equatable {
        let last: Dot
        /// How much of the line is here, or was when it was noted: a line goes with its space.
        let held: Int

        var text: String { "\(last)>\(held)" }
    }

    private var gaps: [Gap] = []
    /// Whether some of it is told by the file alone.
    private var isNoted = true

    /// How many edits are missing.
    var count: Int { gaps.reduce(0) { $0 + $1.last.n - $1.held } }

    /// - Parameter stored: what stands beside the database.
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
        let own = try reader.space(named: Journal.privateSpace)?.replica
        for last in (stored?.lines ?? [:]).values where !accepted.contains(last) {
            let held = try reader.heldCount(of: last.replica)
            // A line that this database knows and left was left on purpose, and noted if something of it was missing.
            guard held == nil || own == last.replica, last.n > held ?? 0, !noted.contains(where: { $0.last == last })
            else { continue }
            gaps.append(Gap(last: last, held: held ?? 0))
            isNoted = false
        }
    }

    /// Keeps in the database what only the file tells, since the file is about to be written over.
    func note(in transaction: StoreTransaction) throws {
        if !isNoted { try transaction.set(Self.noted, to: Self.text(gaps.map(\.text))) }
    }

    /// From now on nothing of it is told. The file stays: it keeps numbers from being used twice.
    func accept(in transaction: StoreTransaction) throws {
        try transaction.set(Self.accepted, to: Self.text(gaps.map(\.last.description)))
        try transaction.set(Self.noted, to: "")
    }

    /// A space is left for another one with all that it held, so that its lines are not missed.
    static func leave(_ stored: Incarnation?, in transaction: StoreTransaction) throws {
        guard let stored else { return }
        try MissingEdits(stored, transaction.reader).note(in: transaction)
        try transaction.set(accepted, to: text(stored.lines.values.map(\.description)))
    }

    private static func words(_ name: String, _ reader: StoreReader) throws -> [Substring] {
        (try reader.setting(name) ?? "").split(separator: " ")
    }

    private static func text(_ words: [String]) -> String { words.sorted().joined(separator: " ") }
}

extension Journal {
    /// How many edits this device is known to have written that are not in this database; see ``MissingEdits``.
    ///
    /// An exchange brings back what was sent. What was not is told until ``acceptMissing()``.
    public func missingCount() async throws -> Int {
        // Before the database: what is written in between is in both then.
        let stored = try home.storedIncarnation()
        return try await read { try MissingEdits(stored, $0).count }
    }

    /// Goes on without what is missing, and says no more of it.
    public func acceptMissing() async throws {
        try await change { [home] in try MissingEdits(home.storedIncarnation(), $0.reader).accept(in: $0) }
    }

    /// Before an exchange, which may have this device leave its line.
    func noteMissing() async throws {
        guard !isReadOnly, try await missingCount() > 0 else { return }
        try await change { [home] in try MissingEdits(home.storedIncarnation(), $0.reader).note(in: $0) }
    }
}

extension JournalError {
    /// The database is gone or empty, though this device wrote to it.
    static func lost(_ stored: [UInt8], in home: HomeFolder) -> JournalError {
        let written = Incarnation(stored)?.lines.values.reduce(0) { $0 + $1.n } ?? 0
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
