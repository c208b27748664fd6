import Between
import Causality
import Foundation
import Membership
import ReplicaStore
import SQLiteFile
import Sealing
import Wire

/// Homes that exchange with a daemon, by the command that people type.
struct SyncedHome {
    let program: String
    let path: String

    /// What one exchange took, as a process of its own.
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

    /// An empty second device of the same person, in the log of this one.
    func second(at path: String) async throws -> SyncedHome {
        var generator = SystemRandomNumberGenerator()
        let keys = DeviceKeys.random(using: &generator)
        let journal = try await Journal.open(at: self.path)
        let replica = try JournalReplica(journal)
        let before = try await records(of: replica)
        let log = try MembershipLog(parsing: before)
        let own = try DeviceKeys(decoding: Array(Data(contentsOf: URL(filePath: self.path + "/keys"))))
        guard let owner = log.member(own.identity.id)?.person else { throw Self.unexpected }
        replica.request = .add(keys.identity, person: owner, role: .owner, isRecovery: false)
        guard case .record(let record) = try await replica.answer(.makeRecord(cut: nil)),
            case .logExtended = try await replica.answer(
                .extendLog(previous: record.previous, record: record.bytes))
        else { throw Self.unexpected }
        try await journal.close()
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try Data(keys.encoded()).write(to: URL(filePath: path + "/keys"))
        let store = try Replica(path + "/journal.db", lockFile: path + "/lock", createIfMissing: true)
        try await store.write {
            _ = try $0.addSpace(id: log.space.bytes, name: Journal.privateSpace, records: before + [record.bytes])
        }
        try await store.file.close()
        return SyncedHome(program: program, path: path)
    }

    private func records(of replica: JournalReplica) async throws -> [[UInt8]] {
        guard case .records(let records, _) = try await replica.answer(.records(from: 0)) else {
            throw Self.unexpected
        }
        return records.map(\.bytes)
    }

    private static let unexpected = BenchError(description: "The log of the journal does not take a second device.")
}
