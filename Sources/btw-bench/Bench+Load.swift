import Between
import CanonicalJSON
import Causality
import Foundation
import Link
import Membership
import Records
import Sealing
import Synchronization
import Wire

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
                let journal = try await Journal.open(at: copy.path)
                _ = try await journal.edit(entry, ["body": .text(Text(Self.long(number)))])
                try await journal.close()
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
        let journal = try await Journal.open(at: big.path)
        // One by one: entries that are written together form one batch.
        for number in 0..<megabytes * 1_000_000 / Self.longBytes { _ = try await journal.add(Note(Self.long(number))) }
        try await journal.close()
        _ = try big.connect(try daemon.string())
        try await measure("forget", "… while one of \(megabytes) MB forgets an entry", honest) {
            let journal = try await Journal.open(at: big.path)
            try await journal.forget(entry)
            try await journal.close()
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
        let journal = try await Journal.open(at: home)
        let entry = try await journal.add(Note(text))
        try await journal.close()
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
