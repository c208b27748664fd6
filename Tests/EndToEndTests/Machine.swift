import Foundation
import TestSupport

/// Capabilities of this machine that tests need.
enum Machine {
    static let isRoot = geteuid() == 0
    static let hasPython = succeeds("python3", "-c", "import fcntl, sqlite3")
    /// `script` with Linux's options, which gives a command a terminal.
    static let hasTerminals = succeeds("script", "-qec", "true", "/dev/null")
    static let hasEditors = succeeds("vim", "--version") && succeeds("vi", "--version") && succeeds("nano", "--version")
    static let hasFullDevice = FileManager.default.fileExists(atPath: "/dev/full")
    static let isLinux = FileManager.default.fileExists(atPath: "/proc/self/status")

    /// Whether a small disk can be mounted, which needs root and is not allowed in every container.
    static let canMount: Bool = {
        guard isLinux, isRoot, let folder = try? TemporaryFolder() else { return false }
        guard succeeds("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path) else { return false }
        return succeeds("umount", folder.path)
    }()

    /// Whether `/dev/shm` has room for the tests' files, some dozens of megabytes.
    static let hasRoomInMemory: Bool = {
        guard isLinux, FileManager.default.isWritableFile(atPath: "/dev/shm") else { return false }
        let free = try? FileManager.default.attributesOfFileSystem(forPath: "/dev/shm")[.systemFreeSize] as? Int
        return free ?? 0 > 512 << 20
    }()

    /// The diary of Samuel Pepys as jrnl exports it.
    static let pepys: String? = {
        let file = Repository.shared.appending(path: "data/pepys.jrnl.json")
        return Repository.exists(file) ? file.path : nil
    }()

    /// Runs a program to its end.
    static func succeeds(_ words: String...) -> Bool { succeeds(words) }

    static func succeeds(_ words: [String]) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let child = try? Child("/usr/bin/env", words.map { Array($0.utf8) }, environment: ["PATH": path])
        return child?.wait().exit == 0
    }
}
