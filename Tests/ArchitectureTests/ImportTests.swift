import Foundation
import TestSupport
import Testing

/// The arrows of DESIGN.md section 2, which the compiler's own check misses where a dependency brings others along.
@Suite struct ImportTests {
    /// What each target may import besides the standard library.
    static let allowed: [String: Set<String>] = [
        "CanonicalJSON": [],
        "Causality": [],
        "Records": ["CanonicalJSON", "Causality"],
        "Membership": ["CanonicalJSON", "Causality", "Crypto"],
        "Sealing": ["CanonicalJSON", "Causality", "Membership", "Crypto", "Foundation", "FoundationEssentials"],
        "SQLiteFile": ["CSQLite", "GRDB", "Foundation", "Synchronization", "Glibc", "Darwin", "Dispatch"],
        "ReplicaStore": ["CanonicalJSON", "Causality", "Records", "SQLiteFile", "GRDB", "Foundation"],
        "Between": [
            "CSystem", "CanonicalJSON", "Causality", "Membership", "Records", "ReplicaStore", "SQLiteFile", "Sealing",
            "Foundation", "Glibc", "Darwin", "Synchronization",
        ],
        "BtwCommands": ["Between", "CanonicalJSON", "Causality", "Records", "Foundation", "Synchronization"],
        "btw": ["BtwCommands", "Glibc", "Darwin"],
        "btw-bench": ["Between", "CBench", "CanonicalJSON", "Foundation", "Records"],
    ]

    /// Targets in C.
    static let shims: Set = ["CBench", "CSQLite", "CSystem"]

    /// Targets that read no clock, draw no chance and wait for nothing.
    static let pure = ["CanonicalJSON", "Causality", "Records", "Membership", "Sealing"]

    @Test func everyTargetStandsInTheTable() throws {
        let sources = Repository.root.appending(path: "Sources")
        let targets = try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { !$0.hasPrefix(".") }
        #expect(Set(targets) == Set(Self.allowed.keys).union(Self.shims))
    }

    @Test(arguments: allowed.keys.sorted())
    func importsOnlyWhatTheTableAllows(_ target: String) throws {
        let allowed = try #require(Self.allowed[target])
        for file in try SourceFile.all(of: target) {
            for module in file.imports {
                #expect(allowed.contains(module), "\(file.name) imports \(module)")
            }
        }
    }

    @Test(arguments: pure)
    func timeAndChanceComeInAsArguments(_ target: String) throws {
        let banned = ["Date()", ".now", "UUID()", "SystemRandomNumberGenerator", "Task {", "Task.sleep", ".random(in:"]
        for file in try SourceFile.all(of: target) {
            for (number, line) in file.codeLines {
                for word in banned where line.contains(word) && !line.contains("using:") {
                    Issue.record("\(file.name):\(number) has \(word)")
                }
            }
        }
    }

    @Test func noTypeBearsItsModulesNameOrOneThatOthersNeed() throws {
        let taken = ["Clock", "Cursor", "Record", "Row", "Configuration", "Timer"]
        for target in Self.allowed.keys {
            for file in try SourceFile.all(of: target) {
                for (number, line) in file.codeLines {
                    let words = line.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).map(String.init)
                    for (keyword, name) in zip(words, words.dropFirst())
                    where ["struct", "class", "enum", "actor", "protocol"].contains(keyword) {
                        #expect(!(taken + [target]).contains(name), "\(file.name):\(number)")
                    }
                }
            }
        }
    }

    @Test func noFileHoldsMoreThanOneRoom() throws {
        for target in Self.allowed.keys {
            for file in try SourceFile.all(of: target) {
                let lines = file.codeLines.count
                #expect(lines <= 350, "\(file.name) has \(lines) lines: perhaps two rooms")
            }
        }
    }
}

/// A Swift file as text.
struct SourceFile {
    let name: String
    private let lines: [String]

    static func all(of target: String) throws -> [SourceFile] {
        let folder = Repository.root.appending(path: "Sources").appending(path: target)
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let files = try names.filter { $0.hasSuffix(".swift") }.map { name in
            SourceFile(
                name: "\(target)/\(name)",
                lines: try String(contentsOf: folder.appending(path: name), encoding: .utf8).components(
                    separatedBy: "\n"))
        }
        try #require(!files.isEmpty, "no file in \(target)")
        return files
    }

    /// The modules of its `import` lines, whatever stands before the word.
    var imports: [String] {
        codeLines.compactMap { _, line in
            let words = line.split(separator: " ").map(String.init)
            guard let index = words.firstIndex(of: "import"), index + 1 < words.count,
                words[..<index].allSatisfy({
                    ["public", "package", "internal", "private", "fileprivate"].contains($0) || $0.hasPrefix("@")
                })
            else { return nil }
            return words.last?.split(separator: ".").first.map(String.init)
        }
    }

    /// The lines that are no comment, with their numbers.
    var codeLines: [(Int, String)] {
        zip(1..., lines).filter { !$1.drop(while: { $0 == " " }).hasPrefix("//") }
    }
}
