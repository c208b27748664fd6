import Foundation
import GRDB
import Link
import SyncServer
import TestSupport
import Testing

/// A backup of any length is restored completely, and only where no server or part of one is left.
@Suite struct RestoreTests {
    let folder: TemporaryFolder
    let file: String
    let mark = "\n-----BETWEEN SERVER KEY-----\n"

    init() throws {
        folder = try TemporaryFolder()
        file = folder.path + "/backup"
    }

    private func write(_ database: Data, _ end: String) throws {
        try (database + Data(end.utf8)).write(to: URL(fileURLWithPath: file))
    }

    /// A database that is longer than the pieces in which it is copied.
    private func database() throws -> Data {
        let path = folder.path + "/made"
        let queue = try DatabaseQueue(path: path)
        // The mark may also occur in user data.
        let noise = Data(mark.utf8) + Data((0..<(3 << 20) + 5).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ $0 >> 8) })
        try queue.write { database in
            try database.execute(sql: "PRAGMA application_id = \(0x4274_7753)")
            try database.execute(sql: "CREATE TABLE noise (bytes BLOB)")
            try database.execute(sql: "INSERT INTO noise VALUES (?)", arguments: [noise])
        }
        try queue.close()
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    private func restore() -> DaemonError? {
        do {
            try AdminClient.restore(file, to: DataFolder(path: folder.path + "/server"))
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsLongerThanAPieceComesBackAsItWas() throws {
        let key = try ServerIdentity.make().pem
        let database = try database()
        try write(database, mark + key)
        #expect(restore() == nil)
        let files = try folder.files()
        #expect(files["server/server.db"] == database)
        #expect(files["server/identity.pem"] == Data(key.utf8))
        #expect(files.keys.sorted() == ["backup", "server/identity.pem", "server/lock", "server/server.db"])
        #expect(files["server/lock"] == Data(), "no mark: the first opening reads every page")
        #expect(restore()?.code == .unusable, "once")
    }

    @Test(arguments: ["", "x", "\n-----BETWEEN SERVER KEY-----\n", "\n-----BETWEEN SERVER KEY-----\nno key"])
    func whatIsNoBackupIsRefusedAndNothingIsMade(_ end: String) throws {
        for database in [Data(), Data(repeating: 7, count: 100_000)] {
            try write(database, end)
            #expect(restore()?.code == .usage)
            #expect(try folder.files().keys.sorted() == ["backup"])
        }
    }

    @Test(arguments: ["", "-wal", "-shm", "-journal"])
    func besideARestOfAnotherServerNothingIsRestored(_ rest: String) throws {
        try write(try database(), mark + ServerIdentity.make().pem)
        try FileManager.default.createDirectory(atPath: folder.path + "/server", withIntermediateDirectories: false)
        let left = folder.path + "/server/server.db" + rest
        try Data("left".utf8).write(to: URL(fileURLWithPath: left))
        #expect(restore()?.code == .unusable)
        #expect(try Data(contentsOf: URL(fileURLWithPath: left)) == Data("left".utf8))
        #expect(try folder.files()["server/identity.pem"] == nil)
    }

    @Test func aDamagedBackupIsNotServed() throws {
        var database = try database()
        database.replaceSubrange(4_096 * 4..<4_096 * 700, with: Data(repeating: 0xFF, count: 4_096 * 696))
        try write(database, mark + ServerIdentity.make().pem)
        #expect(restore()?.code == .unusable)
        #expect(try folder.files().keys.sorted() == ["backup", "server/lock"])
    }

    // MARK: Making one

    /// Runs a daemon on a folder during the body.
    private func serving(_ data: DataFolder, _ body: () async throws -> Void) async throws {
        let daemon = try await SyncDaemon.start(
            in: data, listen: try #require(Endpoint("127.0.0.1:0")), advertise: nil
        ) { _ in }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            defer { daemon.stop() }
            try await body()
        }
    }

    @Test func aBackupRemovesNothingThatItDidNotMake() async throws {
        let data = DataFolder(path: folder.path + "/server")
        for name in ["part", "part.new", "new"] {
            try FileManager.default.createDirectory(
                atPath: "\(file).\(name)/precious", withIntermediateDirectories: true)
        }
        try await serving(data) { _ = try await AdminClient.perform(.backup(path: file), in: data) }
        for name in ["part", "part.new", "new"] {
            #expect(FileManager.default.fileExists(atPath: "\(file).\(name)/precious"))
        }
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == ["backup", "backup.new", "backup.part", "backup.part.new", "server"])
        let again = DataFolder(path: folder.path + "/again")
        try AdminClient.restore(file, to: again)
        try await serving(again) {}
    }

    // MARK: Whose folder it is

    @Test func aFolderThatOthersMayWriteIsRefusedAndOneThatTheyMayReadIsClosed() async throws {
        for (mode, isRefused) in [(0o777, true), (0o1777, true), (0o770, true), (0o755, false), (0o700, false)] {
            let data = DataFolder(path: folder.path + "/\(mode)")
            try FileManager.default.createDirectory(atPath: data.path, withIntermediateDirectories: false)
            chmod(data.path, mode_t(mode))
            do {
                try await serving(data) {
                    let status = try FileManager.default.attributesOfItem(atPath: data.path)
                    #expect(status[.posixPermissions] as? Int == 0o700)
                    let socket = try FileManager.default.attributesOfItem(atPath: data.path + "/control")
                    #expect(socket[.posixPermissions] as? Int == 0o600)
                }
                #expect(!isRefused)
            } catch let error as DaemonError {
                #expect(isRefused && error.code == .unusable && error.next.contains("chmod 700"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: data.path).isEmpty)
            }
        }
    }

    @Test func anAnswerMayBeLongerThanAQuestion() async throws {
        let path = folder.path + "/control"
        let socket = try await ControlSocket.bind(at: path)
        let answer = String(repeating: "x", count: 4 << 20)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await socket.run { _ in answer } }
            let heard = try? await ControlSocket.ask("status", at: path)
            #expect(heard == answer)
            let tooLong = String(repeating: "x", count: ControlSocket.lineLengthMax)
            let refused = try? await ControlSocket.ask(tooLong, at: path)
            #expect(refused == nil)
            group.cancelAll()
        }
    }
}
