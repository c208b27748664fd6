import Causality
import Foundation
import Membership
import Wire

/// A `btwd` process with its own folder, on a port chosen by the system.
final class BenchDaemon {
    private let process = Process()
    private let program: String
    private let data: String

    /// Starts it, and waits until it listens.
    init(_ program: String, data: String) throws {
        self.program = program
        self.data = data
        process.executableURL = URL(filePath: program)
        process.arguments = ["serve", "--data", data, "--listen", "127.0.0.1:0"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let end = ContinuousClock.now + .seconds(30)
        while port == nil {
            guard process.isRunning, ContinuousClock.now < end else {
                stop()
                throw BenchError(description: "\(program) does not listen. See what it says: \(program) serve")
            }
            usleep(2_000)
        }
    }

    deinit { stop() }

    /// The port on which it listens; `nil` before it does.
    var port: UInt16? {
        let address = try? String(contentsOfFile: data + "/address", encoding: .utf8)
        return address?.split(separator: ":").last.flatMap {
            UInt16($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// An enrolment string for one device.
    func string() throws -> String { try connectString().text(Hash256.sha256) }

    func connectString() throws -> ConnectString {
        let enroll = Process()
        let output = Pipe()
        enroll.executableURL = URL(filePath: program)
        enroll.arguments = ["enroll", "--data", data]
        enroll.standardOutput = output
        try enroll.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        enroll.waitUntilExit()
        guard enroll.terminationStatus == 0 else {
            throw BenchError(description: "\(program) enroll ended with \(enroll.terminationStatus).")
        }
        let typed = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return try ConnectString(typed: typed, Hash256.sha256)
    }

    /// Its resource usage so far; `nil` if the system does not provide it.
    var use: ProcessUse? { ProcessUse(of: process.processIdentifier) }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }
}
