import Foundation

/// The person's own editor, for one text.
struct Editor {
    private let console: Console
    /// Where the text stands meanwhile: beside the journal, where nobody else may look.
    private let folder: String

    init(_ console: Console, folder: String) {
        self.console = console
        self.folder = folder
    }

    /// Opens a text in `$VISUAL`, `$EDITOR` or `vi`, and returns what became of it.
    ///
    /// - Throws: ``Failure`` if the editor does not start or says that it failed; what was
    ///   written by then is kept in a file that the message names.
    func edit(_ text: String) throws -> [UInt8] {
        let isNew = !FileManager.default.fileExists(atPath: folder)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let path = folder + "/editing-\(UUID().uuidString).md"
        defer { if isNew { rmdir(folder) } }
        let before = Data(text.utf8)
        guard FileManager.default.createFile(atPath: path, contents: before, attributes: [.posixPermissions: 0o600])
        else {
            throw Failure(
                .unusable, code: "read_only",
                "No file for the editor could be made in \(folder). \(Failure.nothingChanged)",
                next: "btw note -, with the text on standard input")
        }
        let status = try run(path)
        let after = FileManager.default.contents(atPath: path) ?? before
        guard status == 0 else {
            guard after != before else {
                try? FileManager.default.removeItem(atPath: path)
                throw Failure(
                    .unusable, code: "editor", "The editor stopped with status \(status). \(Failure.nothingChanged)",
                    next: "set EDITOR to the editor you like, such as nano")
            }
            throw Failure(
                .unusable, code: "editor",
                "The editor stopped with status \(status). \(Failure.nothingChanged) What you wrote is in \(path).",
                next: "btw note - < \(path)")
        }
        try FileManager.default.removeItem(atPath: path)
        return Array(after)
    }

    private func run(_ path: String) throws -> Int32 {
        let names = ["VISUAL", "EDITOR"].compactMap { console.environment($0) }
        let command = names.first { !$0.isEmpty } ?? "vi"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // The variable may hold options, so a shell reads it; the path is an argument of its own.
        process.arguments = ["-c", command + " \"$1\"", "sh", path]
        do { try process.run() } catch {
            throw Failure(
                .unusable, code: "editor", "No shell could be started for the editor. \(Failure.nothingChanged)",
                next: "btw note -, with the text on standard input")
        }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
