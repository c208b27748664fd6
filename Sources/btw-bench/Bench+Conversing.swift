import Between
import Foundation
import Records
import Wire

/// Measures exchanges with few changes, at two sizes of the journal.
extension Bench {
    /// Nothing new, and one change, with few entries and with all.
    mutating func converse(_ synced: Synced) async throws {
        let small = SyncedHome(program: synced.first.program, path: folder.path + "/small")
        let journal = try await Journal.open(at: small.path)
        for _ in 0..<5 { try await journal.add((0..<Self.groupCount).map { _ in texts.next().draft }) }
        try await journal.close()
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
        let journal = try await Journal.open(at: home)
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
        try await journal.close()
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
