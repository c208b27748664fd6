import Between
import CanonicalJSON
import Foundation
import Records

/// Runs all measurements but those of idle connections.
struct Bench {
    /// The number of entries per transaction, here and in raw SQLite.
    static let groupCount = 200

    let options: Options
    let folder: TemporaryFolder
    var texts: Texts

    var home: String { folder.path + "/home" }

    /// Runs the requested measurements, and prints each result at once.
    static func run(_ options: Options) async throws {
        var bench = Bench(options: options, folder: try TemporaryFolder(), texts: Texts(entryCount: options.entryCount))
        defer { bench.folder.remove() }
        // So that the timed processes use the system's clock too.
        unsetenv("BTW_NOW")
        bench.begin()
        let perSecond = try await bench.fill()
        let singles = options.wants(.durable) ? try await bench.writeSingles() : nil
        if options.wants(.bulk) || options.wants(.durable) { try bench.compare(perSecond, singles) }
        guard let questions = bench.texts.questions() else { throw BenchError(description: "There are no notes.") }
        if options.wants(.open) { try await bench.open() }
        let journal = try await Journal.open(at: bench.home).personal
        if options.wants(.find) { try await bench.find(journal, questions) }
        if options.wants(.list) { try await bench.list(journal, questions) }
        try await journal.home.close()
        if options.wants(.process) { try bench.processes(questions) }
        if options.wants(.wire) { try await bench.wire() }
        if options.wants(.load) { try await bench.load() }
        guard options.wants(.sync) || options.wants(.converse) || options.wants(.live) else { return }
        let synced = try await bench.sync()
        if options.wants(.converse) { try await bench.converse(synced) }
        if options.wants(.live) { try await bench.live(synced) }
    }

    private func begin() {
        let machine = Machine()
        guard !options.isJSON else {
            let line: JSONValue = .object(["entries": .integer(options.entryCount), "machine": machine.json])
            return emit(line.canonicalText)
        }
        emit(machine.text)
        emit("A journal of \(options.entryCount) notes of about 300 bytes with up to three tags, in the page cache.")
        emit("")
        emit(Figure.header)
    }

    func show(_ figure: Figure) { emit(options.isJSON ? figure.json.canonicalText : figure.line) }

    func explain(_ sentence: String) {
        if !options.isJSON { emit("  " + sentence) }
    }

    private func emit(_ line: String) {
        print(line)
        fflush(nil)
    }
}

/// A temporary folder.
struct TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("btw-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        path = url.path
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

// MARK: - Processes

/// Measures whole processes of the command.
extension Bench {
    /// The time of a process from start to exit.
    func processes(_ questions: Texts.Questions) throws {
        let program = try program(options.btw, "btw")
        let commands: [(name: String, arguments: [String], goal: Double?)] = [
            ("btw", [], 40), ("btw mood 3", ["mood", "3"], 40), ("btw find WORD", ["find", questions.common], nil),
            (
                "btw list --from DAY --to DAY",
                ["list", "--from", questions.from.description, "--to", questions.to.description], nil
            ),
        ]
        var samples = commands.map { _ in Samples() }
        for round in 0...21 {
            for (index, command) in commands.enumerated() {
                let nanos = try Peer.run(program, ["--home", home] + command.arguments)
                // The first run may print the daily hint about moods; after it, the program is in the file cache.
                if round > 0 { samples[index].add(nanos: nanos) }
            }
        }
        for (command, samples) in zip(commands, samples) {
            show(
                Figure(
                    name: "process_" + (command.arguments.first ?? "home"), what: "whole process: " + command.name,
                    unit: .milliseconds, measured: samples.median, goal: command.goal.map { .atMost($0) }))
        }
        explain("\(program), p50 of 21 runs each, from posix_spawn to wait")
    }
}
