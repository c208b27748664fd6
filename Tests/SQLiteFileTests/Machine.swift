import Foundation

/// Capabilities of this machine that tests need.
enum Machine {
    static let isRoot = geteuid() == 0

    /// Whether a small disk can be mounted, which needs root and is not possible in every container.
    static let canMount: Bool = {
        #if os(Linux)
            guard isRoot, let parent = try? Home.makeParent() else { return false }
            defer { try? FileManager.default.removeItem(atPath: parent) }
            guard run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", parent) == 0 else { return false }
            return run("umount", parent) == 0
        #else
            return false
        #endif
    }()

    static let hasPython = run("python3", "-c", "import fcntl") == 0

    /// Runs a program to its end; returns its exit status, or -1 if there is no such program.
    @discardableResult
    static func run(_ arguments: String...) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Remounts a disk. A process that another test is just starting holds our files for a moment, and with them the
    /// disk, so it is tried more than once.
    static func remount(_ mode: String, _ disk: String) -> Bool {
        (0..<200).contains { _ in run("mount", "-o", "remount,\(mode)", disk) == 0 }
    }

    /// A home on a disk of its own with this many bytes.
    static func withDisk<T>(of byteCount: Int, _ body: (Home) throws -> T) throws -> T {
        let parent = try Home.makeParent()
        run("mount", "-t", "tmpfs", "-o", "size=\(byteCount)", "tmpfs", parent)
        defer {
            run("umount", parent)
            try? FileManager.default.removeItem(atPath: parent)
        }
        return try body(Home(folder: parent + "/home"))
    }
}
