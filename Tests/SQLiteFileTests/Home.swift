import Foundation
import GRDB
import SQLiteFile

/// A temporary folder with the paths of a home.
struct Home: Sendable {
    let folder: String
    var database: String { folder + "/journal.db" }
    var log: String { database + "-wal" }
    var index: String { database + "-shm" }
    var lock: String { folder + "/lock" }

    /// Makes a folder, and removes it when the body ends. The home itself is not made yet.
    static func with<T>(_ body: (Home) throws -> T) throws -> T {
        let parent = try makeParent()
        defer { try? FileManager.default.removeItem(atPath: parent) }
        return try body(Home(folder: parent + "/home"))
    }

    static func with<T>(_ body: (Home) async throws -> T) async throws -> T {
        let parent = try makeParent()
        defer { try? FileManager.default.removeItem(atPath: parent) }
        return try await body(Home(folder: parent + "/home"))
    }

    static func makeParent() throws -> String {
        let parent = NSTemporaryDirectory() + "sqlitefile-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        return parent
    }

    func open(
        _ schema: DatabaseFile.Schema = .one, lock policy: DatabaseFile.LockPolicy = .perWrite,
        wait: Duration = .seconds(30), createIfMissing: Bool = true, walPagesMax: Int = DatabaseFile.walPagesMax
    ) throws(SQLiteFileError) -> DatabaseFile {
        try DatabaseFile.open(
            database, lockFile: lock, schema: schema, lock: policy, wait: wait, createIfMissing: createIfMissing,
            walPagesMax: walPagesMax)
    }

    /// Makes a file with these rows, all in the file itself and none in the log.
    func fill(_ bodies: [String]) throws {
        let file = try open()
        try file.write { db in for body in bodies { try db.insert(body) } }
        _ = try file.scrub(rebuilding: false)
        try file.close()
    }

    /// Makes a file with these rows, and leaves them in the log, like a killed process.
    func fillTheLog(_ bodies: [String]) throws {
        let file = try open()
        for body in bodies { try file.insert(body) }
    }

    func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    func write(_ bytes: Data, to path: String) throws { try bytes.write(to: URL(fileURLWithPath: path)) }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The permission bits of a path.
    func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    /// Everything in the home as one run of bytes.
    func allBytes() throws -> Data {
        try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: Data()) {
            $0 += try bytes(folder + "/" + $1)
        }
    }
}

extension DatabaseFile.Schema {
    static let table = "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT"
    /// One table.
    static let one = DatabaseFile.Schema(applicationID: 0x4274_776e, migrations: [.init(sql: table)])
    /// The same with one more column.
    static let two = DatabaseFile.Schema(
        applicationID: 0x4274_776e,
        migrations: [.init(sql: table), .init(sql: "ALTER TABLE note ADD COLUMN mood INTEGER")])
}

extension Database {
    func insert(_ body: String) throws {
        try execute(sql: "INSERT INTO note (body) VALUES (?)", arguments: [body])
    }

    func count() throws -> Int? { try Int.fetchOne(self, sql: "SELECT count(*) FROM note") }
}

extension DatabaseFile {
    func insert(_ body: String) throws { try write { try $0.insert(body) } }

    func count() throws -> Int? { try read { try $0.count() } }

    func bodies() throws -> [String] { try read { try String.fetchAll($0, sql: "SELECT body FROM note ORDER BY id") } }
}

/// The code of the error that the body throws, or nil.
func code(_ body: () throws -> Void) -> SQLiteFileError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? SQLiteFileError)?.code ?? SQLiteFileError.Code(rawValue: "another error: \(error)")
    }
}
