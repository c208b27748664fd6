import Between
import CanonicalJSON
import Records

/// Measures opening and queries.
extension Bench {
    func open() async throws {
        var samples = Samples()
        for _ in 0..<20 {
            let start = ContinuousClock.now
            let journal = try await Journal.open(at: home)
            samples.add(.now - start)
            try await journal.close()
        }
        show(Figure(name: "open", what: "opening", unit: .milliseconds, measured: samples.median))
    }

    func find(_ journal: Journal, _ questions: Texts.Questions) async throws {
        let searches = [
            ("find_common", "a word", [questions.common]), ("find_rare", "a rare word", [questions.rare]),
            ("find_pair", "two words", questions.pair),
        ]
        for (name, what, words) in searches {
            try await ask(name, "find, " + what, rounds: 11) { try await journal.search(words).count }
        }
    }

    func list(_ journal: Journal, _ questions: Texts.Questions) async throws {
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
