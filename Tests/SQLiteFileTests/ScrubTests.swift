import Foundation
import GRDB
import SQLiteFile
import Testing

/// A small generator, so that each seed is one fixed history.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// All runs of eight bytes in a buffer, for thousands of searches.
private struct Runs {
    private var runs: Set<UInt64> = []

    init(_ bytes: Data) {
        var run: UInt64 = 0
        for (n, byte) in bytes.enumerated() {
            run = run << 8 | UInt64(byte)
            if n >= 7 { runs.insert(run) }
        }
    }

    /// Whether the first eight bytes of a part are in it.
    func holds(_ part: Data) -> Bool {
        runs.contains(part.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

@Suite struct ScrubTests {
    static let schema = DatabaseFile.Schema(
        applicationID: 7,
        migrations: [
            .init(
                sql: """
                    CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL, kind INTEGER NOT NULL) STRICT;
                    CREATE INDEX note_by_kind ON note (kind, body);
                    CREATE VIRTUAL TABLE outside USING fts5(body, content='note', content_rowid='id');
                    CREATE VIRTUAL TABLE nowhere USING fts5(body, content='');
                    """)
        ])

    static let indexes = ["outside", "nowhere"]
    static let words = (0..<2_000).map { "w\($0)" }

    private func text(_ random: inout SplitMix) -> [String] {
        let count = [3, 10, 30, 100, 600].randomElement(using: &random) ?? 3
        return (0..<count).map { _ in Self.words.randomElement(using: &random) ?? "" }
    }

    // No triggers: with `trusted_schema` off, FTS5 of SQLite 3.40 refuses to be written by one.

    private func add(_ id: Int, _ body: String, _ db: Database) throws {
        try db.execute(sql: "INSERT INTO note VALUES (?, ?, ?)", arguments: [id, body, id % 5])
        for index in Self.indexes {
            try db.execute(sql: "INSERT INTO \(index)(rowid, body) VALUES (?, ?)", arguments: [id, body])
        }
    }

    private func forget(_ id: Int, _ body: String, _ db: Database) throws {
        for index in Self.indexes {
            try db.execute(
                sql: "INSERT INTO \(index)(\(index), rowid, body) VALUES ('delete', ?, ?)", arguments: [id, body])
        }
        try db.execute(sql: "DELETE FROM note WHERE id = ?", arguments: [id])
    }

    private func optimize(_ db: Database) throws {
        for index in Self.indexes { try db.execute(sql: "INSERT INTO \(index)(\(index)) VALUES ('optimize')") }
    }

    @Test(arguments: [1, 2, 3]) func ofAForgottenPhraseNoWordIsLeftInAnyFile(seed: UInt64) throws {
        try Home.with { home in
            let file = try home.open(Self.schema)
            var random = SplitMix(state: seed)
            let phrase = ["quixotic", "zephyrine", "jabberwocky", "obnubilate", "xylophagous"]
            let forgotten = Int.random(in: 1...500, using: &random)
            var body = ""
            for id in 1...500 {
                var words = text(&random)
                if id == forgotten {
                    words.insert(contentsOf: phrase, at: words.count / 2)
                    body = words.joined(separator: " ")
                }
                try file.write { [words] in try add(id, words.joined(separator: " "), $0) }
            }
            // FTS5 stores a word without the prefix that it shares with the word before, so suffixes are searched
            // for.
            let traces = phrase.map { Data($0.utf8.dropFirst(2)) }
            let before = try home.allBytes()
            #expect(traces.allSatisfy { before.range(of: $0) != nil })
            try file.write { [body] db in
                try forget(forgotten, body, db)
                try optimize(db)
            }
            #expect(try file.scrub(), "seed \(seed)")
            let after = try home.allBytes()
            #expect(traces.allSatisfy { after.range(of: $0) == nil }, "seed \(seed)")
            #expect(try file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM note") } == 499)
            #expect(try file.check().findings == [])
            try file.close()
        }
    }

    /// Without `VACUUM`, bytes of some deleted rows stay in pages: rebalancing leaves copies in their unused middle.
    @Test func ofManyForgottenRowsOnlyRebuildingLeavesNone() throws {
        try Home.with { home in
            let file = try home.open(Self.schema, walPagesMax: .max)
            var random = SplitMix(state: 7)
            var kept: [(id: Int, body: String, mark: Data)] = []
            var gone: [Data] = []
            for n in 1...3_000 {
                let id = n * 7_919 % 3_001
                let mark = String(random.next(), radix: 36)
                let body = (text(&random).prefix(60) + [mark]).joined(separator: " ")
                kept.append((id, body, Data(mark.utf8.dropFirst(2))))
                try file.write { db in
                    try add(id, body, db)
                    // Half of the rows grow or shrink now and then, a third are deleted: pages are rebalanced all the
                    // time.
                    if n % 2 == 0 {
                        let at = Int.random(in: 0..<kept.count, using: &random)
                        let old = kept[at]
                        try forget(old.id, old.body, db)
                        gone.append(old.mark)
                        let mark = String(random.next(), radix: 36)
                        let body = (text(&random).prefix(60) + [mark]).joined(separator: " ")
                        kept[at] = (old.id, body, Data(mark.utf8.dropFirst(2)))
                        try add(old.id, body, db)
                    }
                    guard n % 3 == 0 else { return }
                    let old = kept.remove(at: Int.random(in: 0..<kept.count, using: &random))
                    try forget(old.id, old.body, db)
                    gone.append(old.mark)
                }
            }
            try file.write(optimize)
            func leftCount() throws -> Int {
                let runs = try Runs(home.allBytes())
                return gone.count { runs.holds($0) }
            }
            #expect(try file.scrub(rebuilding: false))
            print("scrub: of \(gone.count) deleted rows, \(try leftCount()) left traces without VACUUM")
            #expect(try file.scrub())
            #expect(try leftCount() == 0)
            let runs = try Runs(home.allBytes())
            #expect(kept.allSatisfy { runs.holds($0.mark) })
            try file.close()
        }
    }

    @Test func aReaderInTheWayIsToldAndLosesNothing() throws {
        try Home.with { home in
            let (file, reader) = try (home.open(), home.open())
            try file.insert("a")
            try reader.read { db in
                #expect(try db.count() == 1)
                try file.insert("b")
                #expect(try file.scrub(within: .milliseconds(20)) == false)
                #expect(try db.count() == 1)
            }
            #expect(try file.scrub())
            #expect(try home.bytes(home.log).isEmpty)
            #expect(try reader.bodies() == ["a", "b"])
            try reader.insert("c")
            #expect(try file.bodies() == ["a", "b", "c"])
        }
    }
}
