import Between
import CanonicalJSON
import Causality
import CBench
import Foundation
import Link
import Membership
import Records
import Sealing
import Synchronization
import Wire

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
            let journal = try await Journal.open(at: home.path).personal
            found.append([
                try await journal.entries().count, try await journal.search([questions.common]).count,
            ])
            try await journal.home.close()
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

// MARK: - Conversing

/// Measures exchanges with few changes, at two sizes of the journal.
extension Bench {
    /// Nothing new, and one change, with few entries and with all.
    mutating func converse(_ synced: Synced) async throws {
        let small = SyncedHome(program: synced.first.program, path: folder.path + "/small")
        let journal = try await Journal.open(at: small.path).personal
        for _ in 0..<5 { try await journal.add((0..<Self.groupCount).map { _ in texts.next().draft }) }
        try await journal.home.close()
        _ = try small.connect(try synced.daemon.string())
        for (home, count) in [(small.path, 1_000), (synced.first.path, options.entryCount)] {
            try await converse(home, count, try synced.daemon.connectString())
        }
        explain(
            "on one open connection: logs and clocks of both sides compared and nothing found; and a note, from before")
        explain(
            "its write until the server has it on its disk and this device knows; and all of btw sync with nothing to do"
        )
    }

    private mutating func converse(_ home: String, _ count: Int, _ server: ConnectString) async throws {
        let journal = try await Journal.open(at: home).personal
        var nothing = Samples()
        let conversation = try await OpenConversation(journal, home: home, to: server)
        for _ in 0..<200 {
            let start = ContinuousClock.now
            try await conversation.compare()
            nothing.add(.now - start)
        }
        await conversation.end()
        var one = Samples()
        let arrivals = Arrivals()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await journal.run { arrivals.note($0.sent) } }
            for round in 0...100 {
                let note = texts.next()
                let start = ContinuousClock.now
                try await journal.add(note)
                try await arrivals.wait(for: round + 1)
                // The first one includes connecting.
                if round > 0 { one.add(arrivals.times[round] - start) }
            }
            group.cancelAll()
        }
        var whole = Samples()
        for _ in 0..<20 {
            let start = ContinuousClock.now
            try await journal.sync()
            whole.add(.now - start)
        }
        try await journal.home.close()
        let rows = [
            ("no_op", "nothing new", nothing, 1.0), ("one_change", "one change", one, 3),
            ("sync", "connecting too", whole, nil),
        ]
        for (name, what, samples, goal) in rows {
            show(
                Figure(
                    name: "\(name)_\(count)", what: "open conversation, \(what), \(count)", unit: .milliseconds,
                    measured: samples.median, goal: goal.map { .atMost($0) }))
        }
    }
}

// MARK: - Live

/// Measures changes between two live devices, and on one that updates the server.
extension Bench {
    /// The time from the start of a durable write until it is on the disk of another live device.
    mutating func live(_ synced: Synced) async throws {
        // Earlier changes are not counted.
        _ = try synced.first.sync()
        _ = try synced.second.sync()
        let (first, second) = (
            try await Journal.open(at: synced.first.path).personal,
            try await Journal.open(at: synced.second.path).personal
        )
        let arrivals = Arrivals()
        let samples = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await first.run() }
            group.addTask { try await second.run { arrivals.note($0.received) } }
            // Wait until both are connected.
            try await Self.write(texts.next(), to: first)
            try await arrivals.wait(for: 1)
            var starts: [ContinuousClock.Instant] = []
            var due = ContinuousClock.now
            for _ in 0..<Self.liveCount {
                due += Self.livePause
                let note = texts.next()
                try await Task.sleep(until: due, clock: .continuous)
                starts.append(.now)
                try await Self.write(note, to: first)
            }
            let rate = Double(starts.count) / ((ContinuousClock.now - starts[0]) / .seconds(1))
            try await arrivals.wait(for: 1 + Self.liveCount)
            group.cancelAll()
            var samples = Samples()
            for (start, end) in zip(starts, arrivals.times.dropFirst()) { samples.add(end - start) }
            return (samples, rate)
        }
        try await first.home.close()
        try await second.home.close()
        for (percent, goal) in [(50, 3.0), (99, 15)] {
            show(
                Figure(
                    name: "live_p\(percent)", what: "a change seen on another live device, p\(percent)",
                    unit: .milliseconds, measured: samples.0.percentile(percent), goal: .atMost(goal)))
        }
        explain(
            "\(Self.liveCount) notes, one by one at \(Int(samples.1)) a second (500 were asked for), from before the write"
        )
        explain("until the other has it on its disk; both devices in this process, btwd in another")
    }

    private static func write(_ note: Note, to journal: JournalSpace) async throws { _ = try await journal.add(note) }

    private static let liveCount = 2_000
    private static let livePause = Duration.milliseconds(2)
}

/// The arrival times of changes.
final class Arrivals: Sendable {
    private let state = Mutex<[ContinuousClock.Instant]>([])

    var times: [ContinuousClock.Instant] { state.withLock(\.self) }

    /// Records that this many changes have arrived in total.
    func note(_ count: Int) {
        let now = ContinuousClock.now
        state.withLock { times in
            while times.count < count { times.append(now) }
        }
    }

    func wait(for count: Int) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while state.withLock({ $0.count < count }) {
            guard ContinuousClock.now < end else { throw BenchError(description: "A change did not arrive.") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

// MARK: - Load

/// Measures the latency of an honest device, and the server's resources, under attack.
extension Bench {
    func load() async throws {
        let program = try program(options.btw, "btw")
        let daemon = try BenchDaemon(self.program(options.btwd, "btwd"), data: folder.path + "/loaded")
        let honest = SyncedHome(program: program, path: folder.path + "/honest")
        let entry = try await Self.write("An honest note.", to: honest.path)
        _ = try honest.connect(try daemon.string())

        try await measure("quiet", "an honest sync, and nobody else", honest) { try await Task.sleep(for: .seconds(2)) }
        let server = try daemon.connectString()
        try await measure("strangers", "… while strangers guess slots", honest) { try await Self.guess(at: server) }
        try await measure("versions", "… while \(Self.copyCount) copies write one entry", honest) {
            [folder] in
            for number in 0..<Self.copyCount {
                let copy = SyncedHome(program: program, path: folder.path + "/copy-\(number)")
                try FileManager.default.copyItem(atPath: honest.path, toPath: copy.path)
                let journal = try await Journal.open(at: copy.path).personal
                _ = try await journal.edit(entry, ["body": .text(Text(Self.long(number)))])
                try await journal.home.close()
                _ = try copy.sync()
            }
        }
        try await forgetMuch(daemon, honest)
        guard let use = daemon.use else { return }
        show(
            Figure(
                name: "load_memory", what: "the server's memory, at most", unit: .megabytes,
                measured: Double(use.peakBytes) / 1_000_000, goal: .atMost(256)))
        explain("btw sync as a process, over and over, each with a new note; the longest of them")
    }

    /// A device with much data at the server forgets an entry.
    private func forgetMuch(_ daemon: BenchDaemon, _ honest: SyncedHome) async throws {
        let megabytes = min(400, options.entryCount / 250)
        let big = SyncedHome(program: honest.program, path: folder.path + "/big")
        let entry = try await Self.write("To be forgotten.", to: big.path)
        let journal = try await Journal.open(at: big.path).personal
        // One by one: entries that are written together form one batch.
        for number in 0..<megabytes * 1_000_000 / Self.longBytes { _ = try await journal.add(Note(Self.long(number))) }
        try await journal.home.close()
        _ = try big.connect(try daemon.string())
        try await measure("forget", "… while one of \(megabytes) MB forgets an entry", honest) {
            let journal = try await Journal.open(at: big.path).personal
            try await journal.forget(entry)
            try await journal.home.close()
            _ = try big.sync()
            // Includes the server's later work.
            try await Task.sleep(for: .seconds(12))
        }
    }

    private func measure(
        _ name: String, _ what: String, _ honest: SyncedHome, _ attack: @escaping @Sendable () async throws -> Void
    ) async throws {
        let attacked = Attacked()
        let samples = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { attacked.isOver.store(true, ordering: .sequentiallyConsistent) }
                try await attack()
            }
            var samples = Samples()
            while !attacked.isOver.load(ordering: .sequentiallyConsistent) {
                _ = try await Self.write("Another honest note.", to: honest.path)
                samples.add(.seconds(try honest.sync().seconds))
            }
            try await group.waitForAll()
            return samples
        }
        show(
            Figure(
                name: "load_\(name)", what: what, unit: .milliseconds, measured: samples.percentile(100),
                goal: .atMost(500)))
    }

    private static func write(_ text: String, to home: String) async throws -> EntryID {
        let journal = try await Journal.open(at: home).personal
        let entry = try await journal.add(Note(text))
        try await journal.home.close()
        return entry.id
    }

    /// Four unknown devices claim slots that nobody offered, and reconnect when they are refused.
    private static func guess(at server: ConnectString) async throws {
        let end = ContinuousClock.now + .seconds(10)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while ContinuousClock.now < end {
                        // Being refused is expected.
                        try? await visit(server)
                    }
                }
            }
        }
    }

    private static func visit(_ server: ConnectString) async throws {
        var generator = SystemRandomNumberGenerator()
        let device = DeviceKeys.random(using: &generator)
        let (connection, _) = try await OpenConversation.introduce(device, to: server)
        while true {
            guard let slot = Slot((0..<Slot.byteCount).map { _ in UInt8.random(in: 0...255) }) else { return }
            try await connection.send(.commit(slot, Hash256.sha256(slot.bytes)))
            guard try await connection.receive() != nil else { return }
        }
    }

    private static func long(_ number: Int) -> String {
        // Long words: the bytes matter here, not the search index.
        let words = String(repeating: "w", count: 499) + " "
        let text = "\(number): " + String(repeating: words, count: longBytes / words.utf8.count)
        return String(text.prefix(longBytes))
    }

    /// The maximum length of a note.
    private static let longBytes = RecordLimits.proseBytesMax
    private static let copyCount = 40
}

/// Whether an attack is over.
private final class Attacked: Sendable {
    let isOver = Atomic(false)
}

// MARK: - Wire

/// Measures bytes on the network.
extension Bench {
    /// Notes in batches of a hundred, each sent while the device is live.
    mutating func wire() async throws {
        let daemon = try BenchDaemon(program(options.btwd, "btwd"), data: folder.path + "/wire-server")
        guard let target = daemon.port else { throw BenchError(description: "btwd does not listen.") }
        let relay = try Peer.explained { between_bench_open_relay(target, $0) }
        let journal = try await Journal.open(at: folder.path + "/wire").personal
        let real = try daemon.connectString()
        let address = "127.0.0.1:\(between_bench_relay_port(relay))"
        guard let string = ConnectString(kind: real.kind, address: address, pin: real.pin, secret: real.secret) else {
            throw BenchError(description: "An address is too long.")
        }
        try await journal.connect(string.text(Hash256.sha256))
        let arrivals = Arrivals()
        let (passed, written) = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await journal.run { arrivals.note($0.sent) } }
            // The first batch includes connecting, and is not counted.
            _ = try await journal.add((0..<Self.wireBatch).map { _ in texts.next().draft })
            try await arrivals.wait(for: Self.wireBatch)
            let before = between_bench_relay_count(relay)
            var written = 0
            for round in 1...Self.wireBatches {
                let notes = (0..<Self.wireBatch).map { _ in texts.next() }
                written += notes.reduce(0) { $0 + $1.body.utf8.count }
                _ = try await journal.add(notes.map(\.draft))
                try await arrivals.wait(for: (round + 1) * Self.wireBatch)
            }
            group.cancelAll()
            return (between_bench_relay_count(relay) - before, written)
        }
        try await journal.home.close()
        daemon.stop()
        between_bench_close_relay(relay)
        show(
            Figure(
                name: "wire", what: "bytes on the wire over a note's own", unit: .times,
                measured: Double(passed) / Double(written), goal: .atMost(3)))
        let count = Self.wireBatch * Self.wireBatches
        explain(
            "\(count) notes of \(written / count) bytes with tags in batches of \(Self.wireBatch): \(Int(passed) / count) bytes each, both "
                + "directions, TLS and answers included")
    }

    private static let wireBatch = 100
    private static let wireBatches = 20
}
