import Foundation
import Records

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
