import Foundation

/// `SEED=n swift test` replays one run; otherwise fixed seeds, and a fresh one that a failure prints.
let seeds: [UInt64] = {
    if let seed = ProcessInfo.processInfo.environment["SEED"].flatMap({ UInt64($0) }) { return [seed] }
    return Array(1...15) + [UInt64.random(in: .min ... .max)]
}()
