import Between
import Foundation
import Records
import TestSupport
import Testing

/// Another user of the machine plants files in place of a home, or in it.
@Suite struct PlantedFileTests {
    private let files = FileManager.default

    private func code(_ body: () async throws -> Void) async -> JournalError.Code? {
        do {
            try await body()
            return nil
        } catch { return (error as? JournalError)?.code }
    }

    private func mode(_ path: String) throws -> Int? {
        try files.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test(arguments: [0o777, 0o1777, 0o770, 0o720, 0o702])
    func aFolderThatOthersMayWriteToIsNoHome(_ permissions: Int) async throws {
        let home = try TestHome()
        try files.createDirectory(atPath: home.path, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: home.path + "/keys.new"))
        #expect(chmod(home.path, mode_t(permissions)) == 0)
        #expect(await code { _ = try await home.open() } == .notPrivate)
        #expect(try files.contentsOfDirectory(atPath: home.path) == ["keys.new"], "and nothing was written")
        do { _ = try await home.open() } catch let error as JournalError {
            #expect(error.next.contains("chmod 700 \(home.path)"))
        }
        #expect(chmod(home.path, 0o700) == 0)
        _ = try await home.open().add(Note("mine"))
    }

    @Test func anEmptyOneIsClosedToThem() async throws {
        let home = try TestHome()
        try files.createDirectory(atPath: home.path, withIntermediateDirectories: true)
        #expect(chmod(home.path, 0o777) == 0)
        // In a folder that everybody may write to, such as /tmp.
        #expect(chmod(home.folder.path, 0o1777) == 0)
        _ = try await home.open().add(Note("mine"))
        #expect(try mode(home.path) == 0o700)
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives files away")) func aFolderOfSomebodyElseIsNoHome() async throws
    {
        let home = try TestHome()
        try files.createDirectory(atPath: home.path, withIntermediateDirectories: true)
        #expect(chmod(home.path, 0o755) == 0 && chown(home.path, 65_534, 65_534) == 0)
        #expect(await code { _ = try await home.open() } == .notPrivate)
        #expect(try files.contentsOfDirectory(atPath: home.path) == [])
    }

    @Test func aPlantedDraftOfTheKeysGetsNoKey() async throws {
        for isLink in [false, true] {
            let home = try TestHome()
            let other = home.folder.path + "/other"
            try files.createDirectory(atPath: home.path, withIntermediateDirectories: true)
            try Data("theirs".utf8).write(to: URL(filePath: other))
            let draft = home.path + "/keys.new"
            if isLink {
                try files.createSymbolicLink(atPath: draft, withDestinationPath: other)
            } else {
                #expect(link(other, draft) == 0 && chmod(draft, 0o666) == 0)
            }
            #expect(chmod(home.path, 0o700) == 0)
            _ = try await home.open().add(Note("mine"))
            #expect(try String(contentsOfFile: other, encoding: .utf8) == "theirs")
            #expect(try mode(home.path + "/keys") == 0o600)
            #expect(!files.fileExists(atPath: draft))
        }
    }

    @Test func linksInTheHomeLeadNowhere() async throws {
        for name in ["incarnation", "incarnation.new", "wake", "drafts"] {
            let home = try TestHome()
            let other = home.folder.path + "/other"
            try Data("theirs".utf8).write(to: URL(filePath: other))
            let journal = try await home.open()
            _ = try await journal.add(Note("one"))
            try await journal.home.close()
            try? files.removeItem(atPath: home.path + "/" + name)
            try files.createSymbolicLink(atPath: home.path + "/" + name, withDestinationPath: other)
            let again = try await home.open()
            _ = try await again.add(Note("two"))
            #expect(try await again.entries().count == 2, "\(name)")
            #expect(try String(contentsOfFile: other, encoding: .utf8) == "theirs", "\(name)")
        }
        for name in ["lock", "keys"] {
            let home = try TestHome()
            let other = home.folder.path + "/other"
            try await home.open().home.close()
            try files.moveItem(atPath: home.path + "/" + name, toPath: other)
            let before = try Data(contentsOf: URL(filePath: other))
            try files.createSymbolicLink(atPath: home.path + "/" + name, withDestinationPath: other)
            #expect(await code { _ = try await home.open().add(Note("two")) } != nil, "\(name)")
            #expect(try Data(contentsOf: URL(filePath: other)) == before, "\(name)")
        }
    }
}
