import Foundation
import Link
import SyncServer
import TestSupport
import Testing

/// A backup is put back whole, however long it is; what is none is refused before anything is written.
@Suite struct RestoreTests {
    let folder: TemporaryFolder
    let file: String

    init() throws {
        folder = try TemporaryFolder()
        file = folder.path + "/backup"
    }

    private func write(_ database: Data, _ end: String) throws {
        try (database + Data(end.utf8)).write(to: URL(fileURLWithPath: file))
    }

    @Test func whatIsLongerThanAPieceComesBackAsItWas() throws {
        let mark = "\n-----BETWEEN SERVER KEY-----\n"
        let key = try ServerIdentity.make().pem
        // The mark may stand in what people brought, too.
        let noise = (0..<(3 << 20) + 5).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ $0 >> 8) }
        let database = Data(mark.utf8) + Data(noise)
        try write(database, mark + key)
        try AdminClient.restore(file, to: DataFolder(path: folder.path + "/server"))
        #expect(try folder.files()["server/server.db"] == database)
        #expect(try folder.files()["server/identity.pem"] == Data(key.utf8))
        #expect(try folder.files().keys.sorted() == ["backup", "server/identity.pem", "server/server.db"])
    }

    @Test(arguments: ["", "x", "\n-----BETWEEN SERVER KEY-----\n", "\n-----BETWEEN SERVER KEY-----\nno key"])
    func whatIsNoBackupIsRefusedAndNothingIsMade(_ end: String) throws {
        for database in [Data(), Data(repeating: 7, count: 100_000)] {
            try write(database, end)
            do {
                try AdminClient.restore(file, to: DataFolder(path: folder.path + "/server"))
                Issue.record("it was taken")
            } catch {
                #expect(error.code == .usage)
            }
            #expect(try folder.files().keys.sorted() == ["backup"])
        }
    }
}
