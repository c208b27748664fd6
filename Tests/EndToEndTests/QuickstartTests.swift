import Foundation
import TestSupport
import Testing

/// `bash Server/quickstart` with existing binaries.
@Suite struct QuickstartTests {
    @Test func runsTwiceInARowAndLeavesNothing() throws {
        let fixture = try Fixture()
        let daemon = try #require(Daemon.path, "Build btwd first, or name it in BTWD_BINARY.")
        // The repository and the temporary folder may have spaces in their names.
        let repository = fixture.folder.path + "/a copy of it"
        let temporary = fixture.folder.path + "/what is temporary"
        try FileManager.default.createSymbolicLink(
            atPath: repository, withDestinationPath: Repository.root.path(percentEncoded: false))
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
        let newcomer = fixture.with([
            "BTW_BINARY": fixture.binary, "BTWD_BINARY": daemon,
            "BTW_NOW": nil, "TMPDIR": temporary,
        ])
        for _ in 0..<2 {
            let ran = try newcomer.startShell("cd / && exec bash \"$1/Server/quickstart\"", repository).wait()
            #expect(ran.exit == 0 && ran.err == "", "\(ran.exit): \(ran.out)\(ran.err)")
            #expect(ran.out.contains("\nEqual, byte for byte: 3 entries"), "\(ran.out)")
            #expect(ran.out.contains("\nNext, "), "\(ran.out)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: temporary) == [])
            #expect(Self.processes(of: temporary) == [])
            #expect(!FileManager.default.fileExists(atPath: fixture.home))
        }
    }

    @Test func endsWithASentenceWhereAStepFails() throws {
        let fixture = try Fixture()
        let daemon = try #require(Daemon.path, "Build btwd first, or name it in BTWD_BINARY.")
        let newcomer = fixture.with(["BTW_BINARY": "/bin/false", "BTWD_BINARY": daemon, "TMPDIR": fixture.folder.path])
        let script = Repository.root.appending(path: "Server/quickstart").path(percentEncoded: false)
        let ran = try newcomer.startShell("exec bash \"$1\"", script).wait()
        #expect(ran.exit == 1)
        #expect(ran.err.hasPrefix("quickstart: That failed with exit code 1. "), "\(ran.err)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) == [])
        #expect(Self.processes(of: fixture.folder.path) == [])
    }

    /// The processes that were started with this temporary folder; empty if the system does not tell.
    private static func processes(of temporary: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { pid in
            Int(pid) != nil
                && FileManager.default.contents(atPath: "/proc/\(pid)/environ")?
                    .range(of: Data("TMPDIR=\(temporary)\0".utf8)) != nil
        }
    }
}
