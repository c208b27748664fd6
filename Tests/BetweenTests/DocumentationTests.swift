import Between
import CanonicalJSON
import Foundation
import Records
import TestSupport
import Testing

/// The examples of the documentation, compiled. A line of an example that is not here fails the test.
enum DocumentationExamples {
    static func all(home: String) async throws {
        let journal = try await Journal.open(at: home)
        let note = try await journal.add(Note("What stuck with me most", tags: ["work"]))
        let homework = try await journal.add(Homework("research companies", due: "next", target: 3))
        let done = try await journal.edit(homework.id, ["state": "done"])
        let before = try await journal.undo()
        var query = EntryQuery()
        query.kind = .mood
        query.from = CivilDate("2026-10-01")
        let moods = try await journal.entries(query)
        let found = try await journal.search(["boundary", "Lee"])
        for try await open in journal.homework.open.values { print(open.count) }
        _ = try await journal.trash(note.id)
        _ = try await journal.restore(note.id)
        try await journal.forget(note.id)
        _ = (done, before, moods, found)
    }

    static func readme(home: String) async throws {
        let journal = try await Journal.open(at: home)  // works offline, at once
        let note = try await journal.add(Note("What stuck with me most"))
        for try await open in journal.homework.open.values { print(open.count) }
        try await journal.run()
        _ = note
    }
}

@Suite struct DocumentationTests {
    @Test(arguments: ["README.md", "Sources/Between/Between.docc/Between.md", "Sources/Between/Journal.swift"])
    func everyLineOfAnExampleCompiles(_ file: String) throws {
        func read(_ path: String) throws -> [String] {
            try String(contentsOf: Repository.root.appending(path: path), encoding: .utf8)
                .components(separatedBy: "\n").map { Self.code($0) }
        }
        let compiled = Set(try read("Tests/BetweenTests/DocumentationTests.swift"))
        var isExample = false
        var examples = 0
        for line in try read(file) {
            if line.hasPrefix("```") {
                isExample = line == "```swift"
                continue
            }
            guard isExample, !line.isEmpty, !line.hasPrefix("import ") else { continue }
            examples += 1
            #expect(compiled.contains(line), "\(file): \(line)")
        }
        #expect(examples > 0)
    }

    /// A line without its indentation, its comment marks and its end-of-line comment.
    private static func code(_ line: String) -> String {
        var line = line.trimmingCharacters(in: .whitespaces)
        if line.hasPrefix("/// ") { line = String(line.dropFirst(4)) }
        return line.components(separatedBy: " // ")[0].trimmingCharacters(in: .whitespaces)
    }
}
