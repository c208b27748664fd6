public import Causality
import GRDB
import SQLiteFile

/// The steps that can be undone.
extension StoreReader {
    /// The edits of one step.
    public struct Step: Hashable, Sendable {
        /// The edits with their entries, in the order in which they were written.
        public let edits: [(dot: Dot, entry: EntryID)]
        public let isForget: Bool

        public static func == (lhs: Step, rhs: Step) -> Bool {
            lhs.isForget == rhs.isForget && lhs.edits.map(\.dot) == rhs.edits.map(\.dot)
        }

        public func hash(into hasher: inout Hasher) { hasher.combine(edits.map(\.dot)) }
    }

    /// The last step of this device that is not an undo and was not undone.
    public func lastStep(in space: Space) throws -> Step? {
        let row = try database.first(
            """
            SELECT edit.line, edit.n FROM edit JOIN line ON line.key = edit.line
            WHERE line.is_own AND line.space = ? AND NOT edit.is_undo
                AND NOT EXISTS (SELECT 1 FROM undone WHERE undone.line = edit.line AND undone.n = edit.n)
                AND (edit.is_forget OR EXISTS (SELECT 1 FROM entry WHERE entry.key = edit.entry AND kind IS NOT NULL))
            ORDER BY edit.key DESC LIMIT 1
            """, space.key.value)
        return try row.flatMap { try step(ofLine: $0[0], n: $0[1]) }
    }

    /// The step that contains an edit; `nil` if the space has no such edit.
    public func step(of dot: Dot, in space: Space) throws -> Step? {
        guard let line = try line(of: dot.replica, in: space) else { return nil }
        return try step(ofLine: line, n: dot.n)
    }

    private func step(ofLine line: Int64, n: Int) throws -> Step? {
        guard
            let row = try database.first(
                "SELECT label, grp, is_forget FROM edit WHERE line = ? AND n = ?", line.value, n.value)
        else { return nil }
        let columns =
            "SELECT line.replica, edit.n, entry.id FROM edit JOIN line ON line.key = edit.line "
            + "JOIN entry ON entry.key = edit.entry WHERE "
        let rest =
            " AND NOT EXISTS (SELECT 1 FROM undone WHERE undone.line = edit.line AND undone.n = edit.n) "
            + "ORDER BY edit.key"
        let label = row.text(0)
        let rows =
            // Labels count only for this device's edits: another device may copy a label.
            try label.map {
                let own = "edit.label = ? AND line.is_own AND line.space = (SELECT space FROM line WHERE key = ?)"
                return try database.all(columns + own + rest, $0.value, line.value)
            } ?? database.all(columns + "edit.line = ? AND edit.grp = ?" + rest, line.value, row.values[1])
        let edits = try rows.map { row in
            guard let replica = ReplicaID(column: row.bytes(0)), let entry = EntryID(row.bytes(2)) else {
                throw StoreError.inconsistent("an edit's entry")
            }
            return (dot: Dot(replica, row[1]), entry: entry)
        }
        return Step(edits: edits, isForget: row[2])
    }
}
