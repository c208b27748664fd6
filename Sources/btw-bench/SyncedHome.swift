import Foundation

/// A home that is synced with a daemon by running the command.
struct SyncedHome {
    let program: String
    let path: String

    /// The resources of one exchange, which is a process of its own.
    struct Exchange {
        let seconds: Double
        let use: ProcessUse?
    }

    /// Sends everything to a server that does not know this device.
    func connect(_ string: String) throws -> Exchange { try exchange(["connect", string]) }

    func sync() throws -> Exchange { try exchange(["sync"]) }

    private func exchange(_ arguments: [String]) throws -> Exchange {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["--home", path] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let start = ContinuousClock.now
        try process.run()
        var use: ProcessUse?
        while process.isRunning {
            use = ProcessUse(of: process.processIdentifier) ?? use
            usleep(5_000)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        guard process.terminationStatus == 0 else {
            throw BenchError(
                description: "\(program) \(arguments[0]) ended with \(process.terminationStatus). See what it says.")
        }
        return Exchange(seconds: seconds, use: use)
    }

    /// Adds an empty second device of the same person by pairing: its first download.
    func second(at path: String) throws -> (SyncedHome, Exchange) {
        let second = SyncedHome(program: program, path: path)
        let adding = Process()
        let output = Pipe()
        adding.executableURL = URL(filePath: program)
        adding.arguments = ["--home", self.path, "-q", "device", "add", "--trust"]
        adding.standardInput = FileHandle.nullDevice
        adding.standardOutput = output
        try adding.run()
        defer {
            if adding.isRunning { adding.terminate() }
            adding.waitUntilExit()
        }
        // It prints only the string, and waits.
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            let part = output.fileHandleForReading.availableData
            guard !part.isEmpty else { throw BenchError(description: "\(program) device add printed no string.") }
            line += part
        }
        let string = String(decoding: line.dropLast(), as: UTF8.self)
        return (second, try second.exchange(["join", string, "--trust"]))
    }
}
