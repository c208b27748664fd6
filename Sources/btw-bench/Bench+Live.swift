import Between
import Foundation
import Records
import Synchronization

/// Measures changes between two live devices, and on one that updates the server.
extension Bench {
    /// The time from the start of a durable write until it is on the disk of another live device.
    mutating func live(_ synced: Synced) async throws {
        // Earlier changes are not counted.
        _ = try synced.first.sync()
        _ = try synced.second.sync()
        let (first, second) = (
            try await Journal.open(at: synced.first.path), try await Journal.open(at: synced.second.path)
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
        try await first.close()
        try await second.close()
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

    private static func write(_ note: Note, to journal: Journal) async throws { _ = try await journal.add(note) }

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
