import Between
import CBench
import Causality
import Foundation
import Membership
import Records
import Wire

/// Measures bytes on the network.
extension Bench {
    /// Notes in batches of a hundred, each sent while the device is live.
    mutating func wire() async throws {
        let daemon = try BenchDaemon(program(options.btwd, "btwd"), data: folder.path + "/wire-server")
        guard let target = daemon.port else { throw BenchError(description: "btwd does not listen.") }
        let relay = try Peer.explained { between_bench_open_relay(target, $0) }
        let journal = try await Journal.open(at: folder.path + "/wire")
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
        try await journal.close()
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
