import Between
import CanonicalJSON
import Foundation
import Records

/// Measures opening and queries.
extension Bench {
    func open() async throws {
        var samples = Samples()
        for _ in 0..<20 {
            let start = ContinuousClock.now
            let journal = try await Journal.open(at: home).personal
            samples.add(.now - start)
            try await journal.home.close()
        }
        show(Figure(name: "open", what: "opening", unit: .milliseconds, measured: samples.median))
    }

    func find(_ journal: JournalSpace, _ questions: Texts.Questions) async throws {
        let searches = [
            ("find_common", "a word", [questions.common]), ("find_rare", "a rare word", [questions.rare]),
            ("find_pair", "two words", questions.pair),
        ]
        for (name, what, words) in searches {
            try await ask(name, "find, " + what, rounds: 11) { try await journal.search(words).count }
        }
    }

    func list(_ journal: JournalSpace, _ questions: Texts.Questions) async throws {
        var month = EntryQuery()
        month.from = questions.from
        month.to = questions.to
        var tagged = EntryQuery()
        tagged.tag = Text(questions.tag)
        try await ask("list_all", "list, all", rounds: 3) { try await journal.entries().count }
        for (name, what, query) in [("list_month", "the newest month", month), ("list_tag", "by tag", tagged)] {
            try await ask(name, "list, " + what, rounds: 7) { try await journal.entries(query).count }
        }
    }

    /// Repeats a query.
    private func ask(_ name: String, _ what: String, rounds: Int, _ question: () async throws -> Int) async throws {
        var samples = Samples()
        var found = 0
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            found = try await question()
            samples.add(.now - start)
        }
        show(
            Figure(
                name: name, what: "\(what): \(found) entries", unit: .milliseconds, measured: samples.median,
                found: found))
    }
}

// MARK: - Writing

/// Measures writing: in bulk, and one note at a time.
extension Bench {
    /// The times of single writes.
    struct Singles {
        var ours = Samples()
        /// A row of 300 bytes in a separate table.
        var row = Samples()
    }

    /// Fills the journal, and returns the entries per second.
    mutating func fill() async throws -> Double {
        let journal = try await Journal.open(at: home).personal
        var duration = Duration.zero
        var left = options.entryCount
        while left > 0 {
            var drafts: [EntryDraft] = []
            for _ in 0..<min(Self.groupCount, left) { drafts.append(texts.next().draft) }
            left -= drafts.count
            let start = ContinuousClock.now
            try await journal.add(drafts)
            duration += .now - start
        }
        try await journal.home.close()
        return Double(options.entryCount) / (duration / .seconds(1))
    }

    /// Writes single notes, alternating with single rows of raw SQLite on the same disk.
    mutating func writeSingles() async throws -> Singles {
        let journal = try await Journal.open(at: home).personal
        let commits = try PeerCommits(folder.path + "/commits.db")
        let row = String(String(repeating: "Between. ", count: 34).prefix(300))
        var singles = Singles()
        for _ in 0..<20 {
            for _ in 0..<100 {
                let note = texts.next()
                let start = ContinuousClock.now
                try await journal.add(note)
                singles.ours.add(.now - start)
            }
            for _ in 0..<100 { singles.row.add(nanos: try commits.commit(row)) }
        }
        try await journal.home.close()
        return singles
    }

    /// Writes all resulting rows again in C, and prints both times.
    func compare(_ perSecond: Double, _ singles: Singles?) throws {
        let raw = try Peer.rewrite(
            home + "/journal.db", to: folder.path + "/raw.db", bulkCount: options.entryCount,
            entriesPerTransaction: Self.groupCount)
        if options.wants(.bulk) {
            show(
                Figure(
                    name: "bulk", what: "bulk local write, entries", unit: .perSecond, measured: perSecond,
                    raw: Double(options.entryCount) / raw.seconds, goal: .ratioAtLeast(0.5)))
            explain(
                "raw: the same \(raw.rows) rows of all tables, with the same texts for the full-text index; schema and "
                    + "pragmas of the journal; prepared statements, \(Self.groupCount) entries a transaction")
            explain(
                "     out of \(raw.memoryBytes >> 20) MB of memory into a file of \(Self.megabytes(raw.pages)) MB, "
                    + "where the journal has \(Self.megabytes(raw.journalPages)) MB")
        }
        guard let singles else { return }
        show(durable("durable_p50", "p50", singles, singles.row, 50, goal: .ratioAtMost(2)))
        show(durable("durable_p99", "p99", singles, singles.row, 99))
        explain("raw: INSERT of 300 bytes into a table of its own, in turns with the notes")
        show(durable("durable_rows_p50", "all rows, p50", singles, raw.singles, 50))
        show(durable("durable_rows_p99", "all rows, p99", singles, raw.singles, 99))
        explain("raw: the same rows of all tables, one note a transaction")
    }

    private func durable(
        _ name: String, _ label: String, _ singles: Singles, _ raw: Samples, _ percent: Int, goal: Figure.Goal? = nil
    ) -> Figure {
        Figure(
            name: name, what: "one durable local write, \(label)", unit: .milliseconds,
            measured: singles.ours.percentile(percent), raw: raw.percentile(percent), goal: goal)
    }

    private static func megabytes(_ pages: Int) -> Int { (pages * 4096) >> 20 }
}
