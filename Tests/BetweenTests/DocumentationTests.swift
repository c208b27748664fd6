import Between
import CanonicalJSON
import Foundation
import Records
import TestSupport
import Testing

/// The examples of the documentation, compiled. A block of an example that does not stand here so fails the test.
enum DocumentationExamples {
    static func all(home: String) async throws {
        let journal = try await Journal.open(at: home)
        if journal.opening.isNew { print("A new journal was begun in \(home).") }

        let note = try await journal.add(Note("What stuck with me most", tags: ["work"]))
        let homework = try await journal.add(Homework("research companies", due: "next", target: 3))
        let week = try await journal.add([Mood(valence: 50, feelings: ["glad"]).draft, Note("A good week").draft])

        let done = try await journal.edit(homework.id, ["state": "done"])
        let before = try await journal.undo()

        let base = note.text("body") ?? ""
        let saved = try await journal.editBody(note.id, from: base, to: base + "\n\nAnd I said so.")

        var query = EntryQuery()
        query.kind = .mood
        query.from = CivilDate("2026-10-01")
        let moods = try await journal.entries(query)
        let found = try await journal.search(["boundary", "Lee"])
        for item in try await journal.history(of: note.id) { print(item.edit, item.fields.keys) }

        for try await open in journal.homework.open.values { print(open.count) }
        for try await moods in journal.observe(query).values { print(moods.count) }

        try await journal.connect("btw1-aehtc-mrxfy-yc4mb", name: "laptop")
        let outcome = try await journal.sync()
        if outcome.state == .offline { print("\(outcome.waiting) changes wait.") }
        if outcome.isUpToDate { print("Both sides hold all of it.") }
        try await journal.run { outcome in print(outcome.sent, outcome.received) }

        _ = try await journal.trash(note.id)
        _ = try await journal.restore(note.id)
        try await journal.forget(note.id)

        do {
            _ = try await journal.edit(note.id, ["body": "new"])
        } catch let error as JournalError {
            switch error.code {
            case .forgotten, .notFound: print("It is gone.")
            case .full, .locked: print("Not saved; try again. \(error.message)")
            default: print(error.message, error.next)
            }
        }
        _ = (week, done, before, saved, moods, found)
    }

    static func readme(home: String) async throws {
        let journal = try await Journal.open(at: home)  // works offline, at once
        let note = try await journal.add(Note("What stuck with me most"))
        for try await open in journal.homework.open.values { print(open.count) }
        try await journal.run()
        _ = note
    }

    static func face(home: String) async throws {
        let journal = try await Journal.open(at: home)
        let note = try await journal.add(Note("What stuck with me most"))
        for try await open in journal.homework.open.values { print(open.count) }
        _ = note
    }
}

@Suite struct DocumentationTests {
    private static let page = "Sources/Between/Between.docc/Between.md"

    @Test(arguments: ["README.md", page, "Sources/Between/Journal/Journal.swift"])
    func everyExampleCompiles(_ file: String) throws {
        let compiled = try Self.lines(of: "Tests/BetweenTests/DocumentationTests.swift")
        var example: [String]?
        var examples = 0
        for line in try Self.lines(of: file) {
            if let lines = example, line.hasPrefix("```") {
                examples += 1
                #expect(Self.contains(compiled, lines), "\(file): \(lines.joined(separator: "\n"))")
                example = nil
            } else if line == "```swift" {
                example = []
            } else if !line.hasPrefix("import ") {
                example?.append(line)
            }
        }
        #expect(examples > 0 && example == nil)
    }

    /// A link to a method is to one that there is, with these labels.
    @Test func everyLinkOfThePageLeadsSomewhere() throws {
        let page = try String(contentsOf: Repository.root.appending(path: Self.page), encoding: .utf8)
        let folder = Repository.root.appending(path: "Sources/Between")
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let sources = try names.filter { $0.hasSuffix(".swift") }.map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }.joined(separator: "\n")
        let links = page.matches(of: /``([A-Za-z\/]+)(\([A-Za-z_:]*\))?``/)
        #expect(links.count > 10)
        for link in links {
            let name = link.1.split(separator: "/").last.map(String.init) ?? ""
            guard let labels = link.2 else {
                let isDeclared = sources.contains(try Regex("(struct|class|enum|let|var) \(name)\\b"))
                #expect(isDeclared || name == "Between", "\(link.0)")
                continue
            }
            // Its labels, one after the other in one signature.
            let parameters = labels.split(separator: ":").map { $0.filter { $0 != "(" && $0 != ")" } }
                .filter { !$0.isEmpty }.map { "[^{]*?\\b\($0)(?: \\w+)?:" }
            let declared = "func \(name)\\(" + (parameters.isEmpty ? "\\)" : parameters.joined())
            #expect(sources.contains(try Regex(declared)), "\(link.0)")
        }
    }

    /// Whether these lines stand there one after the other.
    private static func contains(_ lines: [String], _ part: [String]) -> Bool {
        guard let first = part.first else { return false }
        return lines.indices.contains { lines[$0] == first && lines[$0...].starts(with: part) }
    }

    /// Lines without their indentation, their comment marks and their end-of-line comments; and without empty ones.
    private static func lines(of path: String) throws -> [String] {
        try String(contentsOf: Repository.root.appending(path: path), encoding: .utf8).components(separatedBy: "\n").map
        {
            line in
            var line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("/// ") { line = String(line.dropFirst(4)) }
            return line.components(separatedBy: " // ")[0].components(separatedBy: "  //")[0]
                .trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
    }
}
