import Between
import Foundation
import Records

/// Measures the first upload and the first download.
extension Bench {
    /// A daemon and two devices with the same content.
    struct Synced {
        let daemon: BenchDaemon
        let first: SyncedHome
        let second: SyncedHome
    }

    /// The first upload of everything, and its first download by an empty device.
    func sync() async throws -> Synced {
        let daemon = try BenchDaemon(program(options.btwd, "btwd"), data: folder.path + "/server")
        let first = SyncedHome(program: try program(options.btw, "btw"), path: home)
        let upload = try first.connect(try daemon.string())
        show(
            Figure(
                name: "upload", what: "first upload of \(options.entryCount)", unit: .seconds,
                measured: upload.seconds, goal: goal(.atMost(4))))
        show("upload_client", "its memory", upload.use, nil)
        explain("processor time: \(Self.time(upload.use)) here, \(Self.time(daemon.use)) at the server")
        let (second, download) = try first.second(at: folder.path + "/second")
        show(
            Figure(
                name: "download", what: "first download of \(options.entryCount), readable", unit: .seconds,
                measured: download.seconds, goal: goal(.atMost(6))))
        show("download_client", "its memory", download.use, 150)
        show("server", "the server's memory, both together", daemon.use, 200)
        explain(
            "processor time: \(Self.time(download.use)) here, \(Self.time(daemon.use)) at the server, both together")
        explain(
            "btw connect and btw join, as processes, to btwd in a process of its own, on loopback: 2 cores for all")
        try await compare(first, second)
        return Synced(daemon: daemon, first: first, second: second)
    }

    private func show(_ name: String, _ what: String, _ use: ProcessUse?, _ most: Double?) {
        guard let use else { return }
        show(
            Figure(
                name: name + "_memory", what: what, unit: .megabytes, measured: Double(use.peakBytes) / 1_000_000,
                goal: most.flatMap { goal(.atMost($0)) }))
    }

    private static func time(_ use: ProcessUse?) -> String {
        use.map { Figure.digits($0.processorSeconds) + " s" } ?? "unknown"
    }

    /// Goals apply to a hundred thousand entries.
    private func goal(_ goal: Figure.Goal) -> Figure.Goal? { options.entryCount == 100_000 ? goal : nil }

    private func compare(_ first: SyncedHome, _ second: SyncedHome) async throws {
        guard let questions = texts.questions() else { return }
        var found: [[Int]] = []
        for home in [first, second] {
            let journal = try await Journal.open(at: home.path)
            found.append([
                try await journal.entries().count, try await journal.search([questions.common]).count,
            ])
            try await journal.close()
        }
        guard found[0] == found[1] else {
            throw BenchError(description: "The second device found \(found[1]), and not \(found[0]).")
        }
    }

    func program(_ named: String?, _ name: String) throws -> String {
        if let named { return named }
        guard let folder = Bundle.main.executableURL?.deletingLastPathComponent() else {
            throw BenchError(description: "This program does not know where it is. Name \(name) with --\(name) PATH.")
        }
        let path = folder.appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw BenchError(
                description: "There is no \(path). Build it (swift build -c release), or name it with --\(name) PATH.")
        }
        return path
    }
}
