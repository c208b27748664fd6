import Between
import CanonicalJSON
import Causality
import Records
import TestSupport
import Testing

/// Random journals, parts of which are imported in any order and state, on one device or two.
///
/// Many entries share a minute and all share a title. After any sequence of imports each entry is in view once, in
/// its latest imported state, and importing the same again changes nothing.
@Suite struct ImportRandomTests {
    private struct Source {
        /// The minute of each entry, and its texts, each a later state of the one before.
        var entries: [(minute: String, texts: [String])] = []

        init(_ random: inout SeededGenerator, onlyGrows: Bool) {
            for number in 0..<(3 + random.below(9)) {
                let minute = "2026-03-0\(1 + random.below(2)) 09:00"
                var words = (0..<(24 + random.below(9))).map { "w\(number)x\($0)" }
                var texts = [Self.text(words)]
                // Some are in it twice, in the same state.
                if !entries.isEmpty, random.chance(percent: 10) {
                    entries.append((entries[0].minute, [entries[0].texts[0]]))
                    entries[0].texts = [entries[0].texts[0]]
                    continue
                }
                for state in 1..<(1 + random.below(4)) {
                    let word = "w\(number)s\(state)"
                    if onlyGrows || random.chance(percent: 60) {
                        words.append(word)
                    } else {
                        words[0] = word
                    }
                    texts.append(Self.text(words))
                }
                entries.append((minute, texts))
            }
        }

        private static func text(_ words: [String]) -> String { "Work\n" + words.joined(separator: " ") + "." }
    }

    private struct Fixture {
        let source: Source
        /// The latest imported state of each entry.
        var states: [Int: Int] = [:]

        init(_ source: Source) { self.source = source }

        /// A file with some of the entries; each in an imported state or the next one.
        mutating func file(_ random: inout SeededGenerator) -> [ImportItem] {
            let percent = random.pick([30, 60, 100])
            var chosen = source.entries.indices.filter { _ in random.chance(percent: percent) }
            // Of two equal ones the file has the first, or both: nothing identifies which one it was.
            let twins = chosen.filter { source.entries[$0].texts == source.entries[0].texts }.count
            chosen.removeAll { source.entries[$0].texts == source.entries[0].texts }
            chosen += source.entries.indices.filter { source.entries[$0].texts == source.entries[0].texts }.prefix(
                twins)
            if random.chance(percent: 50) { chosen.shuffle(using: &random) }
            return chosen.map { number in
                let entry = source.entries[number]
                let next = min(states[number].map { $0 + 1 } ?? 0, entry.texts.count - 1)
                let state = random.chance(percent: 70) ? next : random.below(next + 1)
                states[number] = max(state, states[number] ?? 0)
                return ImportMatchingTests.item(entry.texts[state], entry.minute)
            }
        }

        var texts: [String] { states.map { source.entries[$0.key].texts[$0.value] }.sorted() }
    }

    private func bodies(_ journal: JournalSpace) async throws -> [String] {
        try await journal.entries().map { $0.text("body") ?? "" }.sorted()
    }

    @Test(arguments: 0..<60) func eachEntryIsInViewOnceInItsLatestState(seed: Int) async throws {
        var random = SeededGenerator(seed: seed)
        let home = try TestHome()
        let journal = try await home.open()
        var fixture = Fixture(Source(&random, onlyGrows: false))
        for _ in 0..<6 {
            let file = fixture.file(&random)
            let foretold = try await journal.importItems(file, isDryRun: true)
            #expect(try await journal.importItems(file) == foretold)
            #expect(try await bodies(journal) == fixture.texts)
            let export = try await home.export(journal)
            #expect(try await journal.importItems(file.shuffled(using: &random)).same == file.count)
            #expect(try await home.export(journal) == export)
        }
        #expect(try await journal.home.check().isSound)
    }

    /// After any local edits, a second import of a file changes nothing, and the edits stay.
    @Test(arguments: 0..<40) func aFileComesInOnceWhateverWasWrittenHere(seed: Int) async throws {
        var random = SeededGenerator(seed: seed)
        let home = try TestHome()
        let journal = try await home.open()
        var fixture = Fixture(Source(&random, onlyGrows: false))
        var mine: Set<String> = []
        for round in 0..<6 {
            let file = fixture.file(&random)
            let foretold = try await journal.importItems(file, isDryRun: true)
            #expect(try await journal.importItems(file) == foretold)
            let export = try await home.export(journal)
            #expect(try await journal.importItems(file.shuffled(using: &random)).same == file.count)
            #expect(try await home.export(journal) == export)
            let texts = try await bodies(journal)
            for line in mine { #expect(texts.filter { $0.contains(line) }.count == 1) }
            for (number, entry) in try await journal.entries().enumerated() where random.chance(percent: 40) {
                let (body, line) = (entry.text("body") ?? "", "mine\(round)x\(number)!")
                let edited = random.chance(percent: 50) ? line + " " + body : body + "\n\n" + line
                _ = try await journal.edit(entry.id, ["body": .text(Text(edited))])
                mine.insert(line)
            }
            if random.chance(percent: 20), round < 5, file.count > 0 {
                // The last step was a local edit or the import; undone text need not be written again.
                _ = try? await journal.undo()
                let texts = try await bodies(journal)
                mine = mine.filter { line in texts.contains { $0.contains(line) } }
            }
        }
        #expect(try await journal.home.check().isSound)
    }

    @Test(arguments: 0..<20) func disjointPartsComeInInAnyOrder(seed: Int) async throws {
        var random = SeededGenerator(seed: seed)
        let source = Source(&random, onlyGrows: false)
        let items = source.entries.map { ImportMatchingTests.item($0.texts[0], $0.minute) }
        let (left, right) = (items.indices.filter { $0 % 2 == 0 }, items.indices.filter { $0 % 2 == 1 })
        var results: [[String]] = []
        for parts in [[left, right], [right, left]] {
            let home = try TestHome()
            let journal = try await home.open()
            for part in parts { try await journal.importItems(part.map { items[$0] }) }
            results.append(try await bodies(journal))
            #expect(try await journal.importItems(items).updated == 0)
        }
        #expect(results[0] == results[1])
    }

    @Test(arguments: 0..<12) func twoDevicesThatImportedDifferentFilesHaveEachOnceAfterJoining(seed: Int) async throws {
        var random = SeededGenerator(seed: seed)
        let source = Source(&random, onlyGrows: true)
        let fixtures = try await JoinFixtures()
        var states: [Int: Int] = [:]
        for journal in [fixtures.one.journal, fixtures.two.journal] {
            var fixture = Fixture(source)
            for _ in 0..<3 { try await journal.importItems(fixture.file(&random)) }
            states.merge(fixture.states) { max($0, $1) }
        }
        try await fixtures.join()
        let texts = states.map { source.entries[$0.key].texts[$0.value] }.sorted()
        #expect(try await bodies(fixtures.one.journal) == texts)
        let file = states.sorted { $0.key < $1.key }.map { number, state in
            ImportMatchingTests.item(source.entries[number].texts[state], source.entries[number].minute)
        }
        let export = try await fixtures.one.export()
        for fixture in [fixtures.one, fixtures.two] {
            #expect(try await fixture.journal.importItems(file).same == file.count)
            #expect(try await fixture.export() == export)
        }
    }
}
