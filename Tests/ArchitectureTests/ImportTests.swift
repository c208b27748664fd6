import Foundation
import TestSupport
import Testing

/// Checks the dependencies of docs/architecture.md, also transitive ones, which the compiler's own check misses.
@Suite struct ImportTests {
    /// The allowed imports of each target, besides the standard library.
    static let allowed: [String: Set<String>] = [
        "CanonicalJSON": [],
        "Causality": [],
        "Records": ["CanonicalJSON", "Causality"],
        "Membership": ["CanonicalJSON", "Causality", "Crypto"],
        "Sealing": ["CanonicalJSON", "Causality", "Membership", "Crypto", "Foundation", "FoundationEssentials"],
        "SQLiteFile": ["CSQLite", "GRDB", "Foundation", "Synchronization", "Glibc", "Darwin", "Dispatch"],
        "Wire": ["CanonicalJSON", "Causality"],
        "Link": [
            "Causality", "Wire", "Crypto", "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS", "SwiftASN1", "X509", "Foundation",
            "Synchronization",
        ],
        "SyncClient": ["Causality", "Membership", "Wire"],
        "ReplicaStore": ["CanonicalJSON", "Causality", "Records", "SQLiteFile", "GRDB", "Foundation"],
        "Between": [
            "CFileStatus", "CanonicalJSON", "Causality", "Link", "Membership", "Records", "ReplicaStore", "SQLiteFile",
            "Sealing", "SyncClient", "Wire", "AsyncAlgorithms", "Dispatch", "Foundation", "Glibc", "Darwin",
            "Synchronization",
        ],
        "BtwCommands": [
            "Between", "CanonicalJSON", "Causality", "Records", "UnixSignals", "Foundation", "Synchronization",
        ],
        "SyncServer": [
            "CanonicalJSON", "Causality", "Link", "Membership", "SQLiteFile", "Wire", "AsyncAlgorithms",
            "Foundation", "Synchronization", "Glibc", "Darwin",
        ],
        "SyncServerSQLite": [
            "Causality", "Membership", "SQLiteFile", "SyncServer", "Wire", "GRDB", "Foundation", "Synchronization",
        ],
        "btwd": [
            "ArgumentParser", "CProcessPrivacy", "Logging", "ServiceLifecycle", "UnixSignals", "Link", "SyncServer",
            "SyncServerSQLite", "Wire", "Foundation",
        ],
        "btw": ["BtwCommands", "CProcessPrivacy", "Glibc", "Darwin"],
        "btw-bench": [
            "Between", "CBench", "CanonicalJSON", "Causality", "Link", "Membership", "Records", "Sealing",
            "SyncClient", "Wire", "Foundation", "Synchronization",
        ],
    ]

    /// Targets in C.
    static let shims: Set = ["CBench", "CSQLite", "CFileStatus", "CProcessPrivacy"]

    /// Targets, and state machines in others, that read no clock, use no randomness and never wait.
    static let pure = [
        "CanonicalJSON", "Causality", "Records", "Membership", "Sealing", "SyncClient", "Wire",
        "SyncServer/Conversation",
    ]

    @Test func everyTargetStandsInTheTable() throws {
        var targets: Set<String> = []
        for room in SourceFile.rooms {
            let names = try FileManager.default.contentsOfDirectory(atPath: Repository.root.appending(path: room).path)
            targets.formUnion(
                names.filter { !$0.contains(".") && !SourceFile.notTargets.contains($0) })
        }
        #expect(targets == Set(Self.allowed.keys).union(Self.shims))
    }

    /// The server cannot read content: nothing that it links may depend on Sealing.
    @Test func nothingThatTheDaemonLinksOpensABox() throws {
        var linked: Set<String> = []
        var next = ["btwd"]
        while let target = next.popLast() {
            guard linked.insert(target).inserted, let imports = Self.allowed[target] else { continue }
            next += imports.filter { Self.allowed[$0] != nil && !linked.contains($0) }
        }
        #expect(linked.isSuperset(of: ["SyncServer", "SyncServerSQLite", "Membership", "Wire"]))
        #expect(linked.isDisjoint(with: ["Sealing", "Records", "ReplicaStore", "SyncClient", "Between"]))
    }

    @Test func clientAndServerNeverImportEachOther() {
        #expect(
            Self.allowed.values.allSatisfy {
                $0.isDisjoint(with: ["SyncServer", "SyncServerSQLite"])
                    || $0.isDisjoint(with: ["Between", "SyncClient"])
            })
    }

    /// Rules work on every engine: they know none, and no files.
    static let rules: Set = ["Causality", "Membership", "Wire", "Foundation", "Synchronization"]

    @Test func rulesKnowNoEngine() throws {
        for file in try SourceFile.all(of: "SyncServer/Authority") {
            for module in file.imports { #expect(Self.rules.contains(module), "\(file.name) imports \(module)") }
        }
        // The daemon's folder, which the engine shares with it, is made and locked by functions of SQLiteFile.
        let files = try SourceFile.all(of: "SyncServer").filter { $0.imports.contains("SQLiteFile") }.map(\.name)
            .sorted()
        #expect(
            files == [
                "SyncServer/Administering/Backup.swift", "SyncServer/Administering/DataFolder.swift",
                "SyncServer/Serving/SyncDaemon.swift",
            ])
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

    @Test func everyFileIsNamedAfterATypeThatItDeclaresOrExtends() throws {
        let keywords = ["struct", "class", "enum", "actor", "protocol", "typealias", "extension"]
        for target in Self.allowed.keys {
            for file in try SourceFile.all(of: target) {
                let base = file.name.split(separator: "/").last ?? ""
                let name = String(base.prefix { $0 != "+" && $0 != "." })
                let isNamed = file.codeLines.contains { _, line in
                    let words = line.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).map(String.init)
                    return zip(words, words.dropFirst()).contains { keywords.contains($0) && $1 == name }
                }
                #expect(isNamed || Self.subjects.contains(name), "\(file.name)")
            }
        }
    }

    /// Names of files that hold several small types or functions of one subject.
    private static let subjects = [
        "AdminCommands", "ColumnCoding", "ColumnForms", "EntryWriting", "Import", "Paragraphs", "RecordBodies",
        "Sentences", "main",
    ]
}

/// A Swift file as text.
struct SourceFile {
    let name: String
    private let lines: [String]

    /// The folders that contain targets; a target's folder has its name.
    static let rooms = ["Sources", "Protocol", "Server"]

    /// Other entries of those folders.
    static let notTargets: Set = ["vectors", "quickstart"]

    /// The folder of a target, or of a part of one.
    static func folder(of target: String) -> URL {
        let places = rooms.map { Repository.root.appending(path: $0).appending(path: target) }
        return places.first { FileManager.default.fileExists(atPath: $0.path) } ?? places[0]
    }

    static func all(of target: String) throws -> [SourceFile] {
        let folder = folder(of: target)
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

    /// The modules of its `import` lines, with any access level.
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

    /// The lines that are not comments, with their numbers.
    var codeLines: [(Int, String)] {
        zip(1..., lines).filter { !$1.drop(while: { $0 == " " }).hasPrefix("//") }
    }
}
