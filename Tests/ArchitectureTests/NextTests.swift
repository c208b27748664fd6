import Foundation
import TestSupport
import Testing

/// A text after "Next:" is an action; that data is safe belongs in the message before it.
@Suite struct NextTests {
    private static let sayings = [
        "Nothing ", "No ", "Everything ", "All ", "It ", "What ", "Your ", "You ", "Some ", "There ", "This ", "That ",
    ]

    @Test func everyNextIsAThingToDo() throws {
        var count = 0
        for folder in ["Sources", "Server", "Protocol"] {
            let root = Repository.root.appending(path: folder)
            let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
            for path in paths.sorted() where path.hasSuffix(".swift") {
                let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
                for match in text.matches(of: /next:\s*(?:[^",;{}()]*\?\s*)?"([^"]*)"/) {
                    count += 1
                    let isSaying = Self.sayings.contains { match.output.1.hasPrefix($0) } || match.output.1.isEmpty
                    #expect(!isSaying, "\(folder)/\(path): \(match.output.1)")
                    #expect(!match.output.1.contains("…"), "nobody can type it: \(folder)/\(path): \(match.output.1)")
                }
                // Other commands that are combined for such a line; usage lines of the help do not count.
                guard !path.contains("/Help/") else { continue }
                for match in text.matches(of: /"[^"\n]*\bbtwd? [^"\n]*…[^"\n]*"/) {
                    Issue.record("nobody can type it: \(folder)/\(path): \(match.output)")
                }
            }
        }
        // Otherwise they are written in a form that this test does not find.
        #expect(count > 100)
    }
}
