import GRDB
import SQLiteFile
public import Records

/// The figures of the overview that `btw` alone prints.
extension StoreReader {
    public struct Glance: Hashable, Sendable {
        /// Open homework that is not due before today.
        public let open: Int
        /// Open homework whose due day has passed.
        public let fromLastTime: Int
        /// Entries flagged for the session.
        public let flagged: Int
        public let hasMoodToday: Bool
        /// The time of the last session that has begun, and below that of the next one.
        public let lastSession: Moment?
        public let nextSession: Moment?
    }

    /// - Parameter now: the current local time.
    public func glance(now: Moment) throws -> Glance {
        let today = now.day.description
        let shown = "entry.kind IS NOT NULL AND NOT entry.is_trashed"
        func count(_ sql: String, _ values: ColumnValue...) throws -> Int {
            try database.first("SELECT count(*) FROM " + sql, all: values)?[0] ?? 0
        }
        func session(_ condition: String, _ order: String) throws -> Moment? {
            // CROSS JOIN keeps SQLite from scanning all entries to get their order.
            let row = try database.first(
                """
                SELECT entry.at FROM session CROSS JOIN entry ON entry.key = session.entry
                WHERE \(shown) AND session.state IN ('planned', 'held') AND \(condition)
                ORDER BY entry.at \(order) LIMIT 1
                """, now.description.value)
            return row.flatMap { Moment($0[0] as String) }
        }
        let open = try count("homework JOIN entry ON entry.key = homework.entry WHERE state = 'open' AND \(shown)")
        let past = try count(
            """
            homework JOIN entry ON entry.key = homework.entry
            WHERE state = 'open' AND due GLOB '[0-9]*' AND substr(due, 1, 10) < ? AND \(shown)
            """, today.value)
        let flagged = try StoreColumns.tables.reduce(0) { sum, table in
            try sum + count("\(table) JOIN entry ON entry.key = \(table).entry WHERE flag = 1 AND \(shown)")
        }
        return Glance(
            open: open - past, fromLastTime: past, flagged: flagged,
            hasMoodToday: try count(
                "entry WHERE kind = 'mood' AND at >= ?1 AND at < ?1 || '~' AND \(shown)", today.value) > 0,
            lastSession: try session("entry.at <= ?", "DESC"), nextSession: try session("entry.at > ?", "ASC"))
    }
}
