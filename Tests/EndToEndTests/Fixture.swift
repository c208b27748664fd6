import Between
import CanonicalJSON
import Causality
import Foundation
import Records
import Testing

/// A person at a shell in Berlin, with their own home and a fixed clock.
struct Fixture {
    static let now = "2026-10-16T10:30:00+02:00"

    let folder: Folder
    let binary: String
    var environment: [String: String]

    /// - Parameter isOnDisk: whether syncing takes its real time; most tests are about how processes end.
    init(isOnDisk: Bool = false) throws {
        folder = try Folder(isOnDisk: isOnDisk)
        binary = try #require(Binary.path, "Build btw first, or name it in BTW_BINARY.")
        environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder.path,
            "BTW_HOME": folder.path + "/home", "BTW_NOW": Self.now, "TZ": "Europe/Berlin", "LC_ALL": "C",
            "BTW": binary,
        ]
    }

    var home: String { environment["BTW_HOME"] ?? folder.path + "/home" }

    /// The same person with another home.
    func at(_ home: String) -> Fixture {
        var fixture = self
        fixture.environment["BTW_HOME"] = folder.path + "/" + home
        return fixture
    }

    /// The same fixture with these variables; `nil` removes one.
    func with(_ variables: [String: String?]) -> Fixture {
        var fixture = self
        for (name, value) in variables { fixture.environment[name] = value }
        return fixture
    }

    func start(_ arguments: [String], input: [UInt8]? = nil) throws -> Child {
        try Child(binary, arguments.map { Array($0.utf8) }, environment: environment, input: input)
    }

    func run(_ arguments: [[UInt8]], input: [UInt8]? = nil) throws -> Ran {
        try Child(binary, arguments, environment: environment, input: input).wait()
    }

    /// Runs `btw` to its end.
    @discardableResult
    func btw(_ arguments: String..., input: String? = nil) throws -> Ran {
        try run(arguments.map { Array($0.utf8) }, input: input.map { Array($0.utf8) })
    }

    /// Starts a shell script; `$BTW` is the command, the arguments are `$1` and so on.
    func startShell(_ script: String, _ arguments: String...) throws -> Child {
        try startShell(script, arguments)
    }

    func startShell(_ script: String, _ arguments: [String]) throws -> Child {
        let words = ["-c", script, "sh"] + arguments
        return try Child("/bin/sh", words.map { Array($0.utf8) }, environment: environment)
    }

    func shell(_ script: String) throws -> Ran { try startShell(script).wait() }

    /// Runs a command that must succeed, with nothing on stderr but the notice that a journal was begun.
    @discardableResult
    func does(
        _ arguments: String..., input: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Ran {
        let ran = try run(arguments.map { Array($0.utf8) }, input: input.map { Array($0.utf8) })
        try #require(ran.exit == 0, "btw \(arguments): \(ran.err)", sourceLocation: sourceLocation)
        #expect(ran.complaint == "", sourceLocation: sourceLocation)
        return ran
    }

    /// The only entry that a command prints with `--json`.
    @discardableResult
    func makes(
        _ arguments: String..., input: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Printed {
        let words = ["--json"] + arguments
        let ran = try run(words.map { Array($0.utf8) }, input: input.map { Array($0.utf8) })
        try #require(ran.exit == 0, "btw \(arguments): \(ran.err)", sourceLocation: sourceLocation)
        let entries = try ran.entries()
        return try #require(entries.first, sourceLocation: sourceLocation)
    }

    /// The output of `btw export --jsonl`.
    func export(sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let ran = try btw("export", "--jsonl")
        #expect(ran.exit == 0 && ran.err == "", "export: \(ran.err)", sourceLocation: sourceLocation)
        return ran.out
    }

    /// `btw doctor` finds nothing.
    func isSound(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let ran = try btw("doctor")
        #expect(ran.exit == 0, "\(comment ?? "") doctor: \(ran.out) \(ran.err)", sourceLocation: sourceLocation)
    }

    /// A command fails with one clear sentence, with and without `--json`.
    func refuses(
        _ arguments: [String], exit: Int32, _ code: String, input: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let words = arguments.map { Array($0.utf8) }
        let input = input.map { Array($0.utf8) }
        try run(words, input: input).isRefusal(exit: exit, "btw \(arguments)", sourceLocation: sourceLocation)
        try run([Array("--json".utf8)] + words, input: input).isRefusal(
            exit: exit, code: code, "btw --json \(arguments)", sourceLocation: sourceLocation)
    }

    /// Writes a file in the fixture's folder.
    func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder.path + "/" + name
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    /// The files of the home that contain these bytes.
    func homeFiles(holding text: String) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: home)?.compactMap { $0 as? String } ?? []
        try #require(names.contains("journal.db"))
        return names.sorted().filter { name in
            FileManager.default.contents(atPath: home + "/" + name)?.range(of: Data(text.utf8)) != nil
        }
    }

    /// The files of a folder of the fixture that contain these bytes.
    func files(of name: String, holding bytes: [UInt8]) throws -> [String] {
        let path = folder.path + "/" + name
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        try #require(!names.isEmpty)
        return names.sorted().filter { name in
            FileManager.default.contents(atPath: path + "/" + name)?.range(of: Data(bytes)) != nil
        }
    }

    /// Opens the home with the library, as an app would.
    func journal() async throws -> JournalSpace { try await Journal.open(at: home).personal }
}

/// A temporary folder, removed with the value: in memory if the machine has room there.
final class Folder: Sendable {
    let path: String

    init(isOnDisk: Bool) throws {
        let parent = isOnDisk || !Machine.hasRoomInMemory ? FileManager.default.temporaryDirectory.path : "/dev/shm"
        path = parent + "/between-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// An entry as printed by `--json`.
struct Printed: Hashable {
    let line: String
    let json: JSONValue

    init(_ line: some StringProtocol) throws {
        self.line = String(line)
        json = try JSONValue(parsing: line.utf8)
    }

    var id: String { self["id"] ?? "" }
    var body: String? { self["body"] }
    var tags: [String] { json["tags"]?.asArray?.compactMap { $0.asText } ?? [] }
    var names: Set<String> { Set(json.asObject?.map { $0.key.string } ?? []) }

    /// The replicas that wrote its edits.
    var replicas: [String] { json["clock"]?.asObject?.map { $0.key.string } ?? [] }

    subscript(name: String) -> String? { json[Text(name)]?.asText }
    func integer(_ name: String) -> Int? { json[Text(name)]?.asInteger }
}

extension Ran {
    static let begun = "A new journal was begun in "

    /// Its stderr without the notice that a journal was begun.
    var complaint: String {
        err.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix(Self.begun) }
            .joined(separator: "\n")
    }

    func entries() throws -> [Printed] { try lines.map { try Printed($0) } }

    /// Two lines on stderr, a message and the next command, or the same as JSON; nothing on stdout. The notice that a
    /// journal was begun may precede them.
    func isRefusal(
        exit: Int32, code: String? = nil, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let said: Comment = "\(comment ?? "") exit \(self.exit): \(out)\(err)"
        #expect(self.exit == exit, said, sourceLocation: sourceLocation)
        #expect(output.isEmpty, said, sourceLocation: sourceLocation)
        #expect(talk.last == UInt8(ascii: "\n"), said, sourceLocation: sourceLocation)
        let lines = complaint.split(separator: "\n").map(String.init)
        if let code {
            let json = try JSONValue(parsing: (lines.last ?? "").utf8)
            #expect(lines.count == 1, said, sourceLocation: sourceLocation)
            #expect(json["error"]?.asText == code, said, sourceLocation: sourceLocation)
            #expect(json["message"]?.asText?.isEmpty == false, said, sourceLocation: sourceLocation)
            #expect(json["next"]?.asText?.isEmpty == false, said, sourceLocation: sourceLocation)
            #expect(json.asObject?.count == 3, said, sourceLocation: sourceLocation)
        } else {
            // The candidates of an ambiguous id may precede it.
            let sentence = lines.dropLast().last ?? ""
            #expect(
                sentence.hasPrefix("btw: ") && [".", ")"].contains(sentence.last), said, sourceLocation: sourceLocation)
            #expect(lines.last?.hasPrefix("Next: ") == true, said, sourceLocation: sourceLocation)
            #expect(lines.count == 2 || exit == 3, said, sourceLocation: sourceLocation)
        }
    }
}
