import Between
import Causality
import Foundation

/// The texts of a home that are not in the journal yet: each in its own folder, `HOME/drafts/editing-NAME`.
///
/// The editor opens the file there, and keeps its backups, undo and swap files beside it. The folder is removed when
/// the text is in the journal. If saving fails, or the process ends before, the folder stays and is reported.
struct Drafts: Sendable {
    /// The folder of the journal, as an absolute path.
    let home: String

    init(home: String) {
        // Messages contain this path, and editors may run in another folder.
        self.home = home.hasPrefix("/") ? home : FileManager.default.currentDirectoryPath + "/" + home
    }

    private var folder: String { home + "/drafts" }
    private static let prefix = "editing-"

    /// Creates a file that only its owner may read, in its own folder.
    ///
    /// - Parameters:
    ///   - entry: the entry whose text it is; `nil` for a new entry.
    ///   - isWritten: whether the bytes are the user's own text, to be synced to the disk before this returns;
    ///     otherwise they are the initial content for the editor.
    func begin(_ entry: EntryID?, holding bytes: [UInt8], isWritten: Bool) throws(Failure) -> Draft {
        let isNewHome = access(home, F_OK) != 0
        try? FileManager.default.createDirectory(
            atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var path = ""
        // Another process may remove the empty `drafts` folder between the two calls.
        for attempt in 1... {
            path = folder + "/" + Self.prefix + UUID().uuidString.prefix(8).lowercased()
            if mkdir(folder, 0o700) != 0, errno != EEXIST { throw failure() }
            guard Self.isFolder(folder) else { throw failure(ENOTDIR) }
            if mkdir(path, 0o700) == 0 { break }
            if attempt == 10 || errno != EEXIST && errno != ENOENT { throw failure() }
        }
        let draft = Draft(
            folder: path, name: entry.map { "edit-\($0).md" } ?? "note.md", isOfEarlierVersion: false,
            endsWith: isNewHome ? home : nil)
        do {
            try draft.write(bytes, isWritten: isWritten)
        } catch {
            let number = errno
            draft.discard()
            throw failure(number)
        }
        return draft
    }

    /// All drafts, sorted by path; also those that an editor has open.
    func all() -> [Draft] {
        guard Self.isFolder(folder) else { return old() }
        let drafts = Self.names(in: folder).filter { $0.hasPrefix(Self.prefix) }.compactMap { name -> Draft? in
            let path = folder + "/" + name
            guard Self.isFolder(path) else { return nil }
            let names = Self.names(in: path)
            let text = names.first { $0.hasPrefix("edit-") && $0.hasSuffix(".md") }
            return Draft(folder: path, name: text ?? "note.md", isOfEarlierVersion: false)
        }
        return old() + drafts
    }

    /// Drafts with content that no process has open: editing was interrupted, or saving failed.
    func left() -> [Draft] { all().filter { $0.holdsWords && !$0.isOpen } }

    /// Removes folders of drafts without content that were interrupted a day ago or more.
    func sweep() {
        for draft in all() where !draft.isOfEarlierVersion && !draft.holdsWords && !draft.isOpen {
            var status = stat()
            guard lstat(draft.folder, &status) == 0, time(nil) - status.modified.0 > 86_400 else { continue }
            draft.discard()
        }
    }

    /// Removes editor files of drafts that earlier versions kept in the home itself.
    func removeOldRests() {
        let names = Self.names(in: home)
        for name in names {
            guard let text = Self.oldName(in: name), !names.contains(text) else { continue }
            unlink(home + "/" + name)
        }
    }

    /// Drafts of earlier versions, which are in the home itself.
    private func old() -> [Draft] {
        Self.names(in: home).filter { Self.oldName(in: $0) == $0 }
            .map { Draft(folder: home, name: $0, isOfEarlierVersion: true) }
    }

    /// `editing-UUID.md` if this is the name of such a draft, or of an editor's file beside it.
    private static func oldName(in name: String) -> String? {
        guard let match = name.firstMatch(of: /^[.#]{0,2}(editing-[0-9A-F-]{36}\.md)/) else { return nil }
        return String(match.output.1)
    }

    fileprivate static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        // A folder of another user is refused: its owner could rename it and read it.
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            && (status.st_uid == geteuid() || status.st_uid == 0)
    }

    private func failure(_ number: Int32 = errno) -> Failure {
        let code =
            switch number {
            case ENOSPC, EDQUOT: "full"
            case EROFS, EACCES, EPERM: "read_only"
            default: "io"
            }
        return Failure(
            .unusable, code: code,
            "No file for the text could be made in \(folder): \(String(cString: strerror(number))). "
                + Failure.nothingWritten, next: "ls -ld \(Journal.shellWord(home)) \(Journal.shellWord(folder))")
    }
}

/// One text that is not in the journal yet, and the editor's files beside it.
final class Draft: Sendable {
    /// Its own folder; the home for a draft of an earlier version.
    let folder: String
    let isOfEarlierVersion: Bool
    /// The name of the file that the editor opens.
    private let name: String
    /// The home, if it was created for this draft; it is removed with the draft if nothing else is in it.
    private let home: String?
    /// Holds the folder's `flock` while this process uses the draft; released when the process ends.
    private let descriptor: Int32

    private struct File {
        let name: String
        let status: stat

        var isRegular: Bool { status.st_mode & S_IFMT == S_IFREG }
        var isFull: Bool { isRegular && status.st_size > 0 }
        var isSwap: Bool { name.hasPrefix(".") && name.contains(".sw") }
        /// Files that only the editor uses: swap, undo, backup.
        var isBeside: Bool { isSwap || name.hasSuffix("~") }
        var time: (Int, Int) { status.modified }
    }

    /// The modification time of a file that no editor has written: one day after 1970, since editors treat 0 as
    /// missing.
    private static let untouched = 86_400
    /// More than the limit of any text.
    private static let lengthMax = 64 << 20

    fileprivate init(folder: String, name: String, isOfEarlierVersion: Bool, endsWith home: String? = nil) {
        self.folder = folder
        self.name = name
        self.isOfEarlierVersion = isOfEarlierVersion
        self.home = home
        descriptor = isOfEarlierVersion ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The file that the editor opens.
    var path: String { folder + "/" + name }

    /// The entry whose text it is; `nil` for a new entry.
    var entry: EntryID? { name.hasPrefix("edit-") ? EntryID(name.dropFirst(5).dropLast(3)) : nil }

    /// Whether a process uses it: one that waits for an editor, or is about to save it.
    var isOpen: Bool {
        guard locks(LOCK_SH) else { return true }
        if descriptor >= 0 { flock(descriptor, LOCK_UN) }
        return false
    }

    /// Locks it for this process. Returns whether no other process has it.
    func take() -> Bool { locks(LOCK_EX) }

    /// Whether it contains anything besides the text that the editor was given.
    var holdsWords: Bool { files.contains { $0.isFull && !isUntouched($0) } }

    /// Whether one of its files is this process's standard input.
    var isOnStandardInput: Bool { inputFile != nil }

    /// The file with the most recent text: nano and emacs save under other names when their terminal closes.
    var wordsPath: String { words.map { folder + "/" + $0.name } ?? path }

    /// Whether a vim swap file contains text that `vim -r` recovers.
    var hasSwapFile: Bool { files.contains { $0.isSwap && $0.isFull } }

    /// The command that deletes it.
    var dropping: String { isOfEarlierVersion ? "rm \(Journal.shellWord(path))" : "rm -r \(Journal.shellWord(folder))" }

    /// Whether the text is UTF-8; true if it cannot be read.
    var isUTF8: Bool { ((try? read(wordsPath)) ?? nil).map { String(validating: $0, as: UTF8.self) != nil } ?? true }

    /// The content of the editor's file; `nil` if the file does not exist.
    func read() throws(Failure) -> [UInt8]? { try read(path) }

    private func read(_ path: String) throws(Failure) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        if file < 0, errno == ENOENT { return nil }
        defer { if file >= 0 { close(file) } }
        var status = stat()
        guard file >= 0, fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw unreadable }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < Self.lengthMax {
            let count = Foundation.read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    private var unreadable: Failure {
        Failure(
            .unusable, code: "editor", "What the editor left cannot be read. \(Failure.nothingChanged)",
            next: "ls -l \(Journal.shellWord(path))")
    }

    /// Removes the file of a saved or empty text, and the editor's files beside it.
    ///
    /// A text that the user saved under another name stays, with its folder.
    ///
    /// - Parameter isInput: whether the saved text was the file on standard input rather than the editor's file.
    /// - Returns: whether the remaining file is the text itself under another name: the editor's file is unchanged or
    ///   missing.
    @discardableResult
    func finish(isInput: Bool = false) -> Bool {
        let all = files
        let saved = isInput ? inputFile : all.first { $0.name == name }
        if isInput, saved == nil { return false }
        let isElsewhere = !isInput && saved.map(isUntouched) ?? true
        for file in all where !file.isFull || isUntouched(file) || isKept(file, beside: saved) {
            unlink(folder + "/" + file.name)
        }
        // Only this file name records the entry.
        if isElsewhere, entry != nil, holdsWords {
            close(open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600))
        }
        removeFolders()
        return isElsewhere
    }

    /// Whether a file is the saved one, or an editor's file with no newer content.
    private func isKept(_ file: File, beside saved: File?) -> Bool {
        let text = saved?.name ?? name
        if [text, text + "~", ".#" + text, ".\(text).un~", "4913"].contains(file.name) { return true }
        // Autosave files: one that is newer than the text may contain more than it.
        guard let saved, file.time <= saved.time else { return false }
        if file.name == "#\(text)#" { return true }
        if file.name.hasPrefix(".\(text).sw") { return file.name.count == text.count + 5 }
        return file.name.hasPrefix(text) && file.name.dropFirst(text.count).wholeMatch(of: /\.save(\.\d+)?/) != nil
    }

    /// Removes the draft with everything in it.
    func discard() {
        if isOfEarlierVersion {
            for file in files { unlink(folder + "/" + file.name) }
        } else {
            try? FileManager.default.removeItem(atPath: folder)
            removeFolders()
        }
    }

    fileprivate func write(_ bytes: [UInt8], isWritten: Bool) throws(Failure) {
        _ = flock(descriptor, LOCK_EX)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw unreadable }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw unreadable }
            written += count
        }
        if isWritten {
            guard fsync(file) == 0 else { throw unreadable }
        } else {
            let time = timespec(tv_sec: Self.untouched, tv_nsec: 0)
            futimens(file, [time, time])
        }
    }

    private var files: [File] {
        Drafts.names(in: folder).compactMap { name in
            if isOfEarlierVersion, !name.contains(self.name) { return nil }
            var status = stat()
            return lstat(folder + "/" + name, &status) == 0 ? File(name: name, status: status) : nil
        }
    }

    private var words: File? { files.filter { $0.isFull && !$0.isBeside }.max { $0.time < $1.time } }

    private var inputFile: File? {
        var input = stat()
        guard fstat(STDIN_FILENO, &input) == 0, input.st_mode & S_IFMT == S_IFREG else { return nil }
        return files.first { $0.status.st_ino == input.st_ino && $0.status.st_dev == input.st_dev }
    }

    private func isUntouched(_ file: File) -> Bool { file.name == name && file.time == (Self.untouched, 0) }

    private func locks(_ operation: Int32) -> Bool {
        guard descriptor >= 0 else { return true }
        while flock(descriptor, operation | LOCK_NB) != 0 {
            // On a file system without locks, nobody holds one.
            if errno != EINTR { return errno != EWOULDBLOCK }
        }
        return true
    }

    /// Removes the folders that were created for it, if they are empty.
    private func removeFolders() {
        if isOfEarlierVersion { return }
        if rmdir(folder) != 0, errno != ENOENT { return }
        if rmdir(URL(filePath: folder).deletingLastPathComponent().path) == 0, let home { rmdir(home) }
    }
}

extension stat {
    /// The modification time, in seconds and nanoseconds.
    fileprivate var modified: (Int, Int) {
        #if canImport(Darwin)
            (st_mtimespec.tv_sec, st_mtimespec.tv_nsec)
        #else
            (st_mtim.tv_sec, st_mtim.tv_nsec)
        #endif
    }
}
