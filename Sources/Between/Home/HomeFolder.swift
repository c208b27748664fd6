import Foundation
import Sealing
import SQLiteFile

/// The folder of one person's journal on one device.
struct HomeFolder: Sendable {
    let path: String

    var database: String { path + "/journal.db" }
    var lock: String { path + "/lock" }
    /// The device's private keys, 0600.
    var keys: String { path + "/keys" }
    /// The socket on which a running `sync --watch` is woken after another process commits; see ``WakeSocket``.
    var wake: String { path + "/wake" }
    /// The identity of the database, and the last dot of each own feed; see ``Incarnation``.
    var incarnation: String { path + "/incarnation" }

    /// Whether a process listens on the wake socket; the socket of one that was killed may remain.
    var hasListener: Bool { access(wake, F_OK) == 0 }

    /// Whether a journal was ever written here: if its file is missing, that must be reported. Also true if the
    /// folder cannot be read.
    var exists: Bool {
        var status = stat()
        for path in [database, incarnation] {
            if stat(path, &status) == 0 || ![ENOENT, ENOTDIR].contains(errno) { return true }
        }
        // A WAL without its database contains the last commits.
        return stat(database + "-wal", &status) == 0 && status.st_size > 0
    }

    /// Whether a database existed, as its lock file shows, and only the keys are left. A join that was declined
    /// leaves keys and no lock file.
    var hasKeysAlone: Bool {
        access(keys, F_OK) == 0 && access(lock, F_OK) == 0 && access(database, F_OK) != 0
    }

    /// Removes access of other users to the files of the home, which a copy or a restored backup may have granted.
    ///
    /// Also to the folder, if it contains nothing but the journal. Files of another owner are not changed.
    ///
    /// - Returns: the files that others could access, and those that they still can.
    func closeToOthers() -> (closed: [String], open: [String]) {
        var closed: [String] = []
        var open: [String] = []
        for file in [keys, database, database + "-wal", database + "-shm", incarnation, lock, path + "/drafts"] {
            switch PrivateFile.closeToOthers(file) {
            case true?: closed.append(file)
            case false?: open.append(file)
            case nil: break
            }
        }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & 0o077 != 0, holdsNothingElse {
            _ = PrivateFile.closeToOthers(path)
        }
        return (closed, open)
    }

    private var holdsNothingElse: Bool {
        let names = ["journal.db", "keys", "lock", "incarnation", "wake", "drafts", "editing"]
        let present = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [""]
        return present.allSatisfy { name in names.contains { name.hasPrefix($0) } }
    }

    /// The bytes of a small file; `nil` if it does not exist.
    func read(_ file: String, lengthMax: Int) throws -> [UInt8]? {
        let descriptor = PrivateFile.openOwn(file)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            // Anything but a file of this user in place of the incarnation file is ignored; the next write replaces it.
            if errno == ELOOP, file == incarnation { return nil }
            throw Self.failure("read", file)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: lengthMax + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes[count...].withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Self.failure("read", file) }
            if got == 0 { break }
            count += got
        }
        return Array(bytes.prefix(count))
    }

    /// Replaces a small file by rename: after a power loss either the old or the new content is there, complete.
    ///
    /// - Parameter isDurable: whether it is synced before this returns; otherwise later.
    func replace(_ file: String, with bytes: [UInt8], isDurable: Bool) throws {
        let draft = file + ".new"
        let descriptor = PrivateFile.openNew(draft)
        guard descriptor >= 0 else { throw Self.failure("write", file) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", file) }
            written += count
        }
        if isDurable, fsync(descriptor) != 0 { throw Self.failure("write", file) }
        guard rename(draft, file) == 0 else { throw Self.failure("write", file) }
        if isDurable { try syncFolder() }
    }

    /// As ``replace(_:with:isDurable:)`` without durability; written in place if the length is unchanged, since
    /// creating a file costs as much as syncing one.
    ///
    /// Readers that act on the content hold the writer's lock. Content torn by a power loss counts as missing.
    func follow(_ file: String, with bytes: [UInt8]) throws {
        let descriptor = PrivateFile.openOwn(file, forWriting: true)
        guard descriptor >= 0 else { return try replace(file, with: bytes, isDurable: false) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) == bytes.count,
            bytes.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == bytes.count
        else { return try replace(file, with: bytes, isDurable: false) }
    }

    private func syncFolder() throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("write", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure("write", path) }
    }

    private static func failure(_ verb: String, _ file: String) -> JournalError {
        let number = errno
        let reason = String(cString: strerror(number))
        let code: JournalError.Code =
            switch number {
            case ENOSPC, EDQUOT: .full
            case EROFS, EACCES, EPERM: verb == "write" ? .readOnly : .io
            default: .io
            }
        return JournalError(
            code, "Could not \(verb) \(file): \(reason). Nothing was lost.",
            next: code == .full
                ? "Make space, then do it again."
                : "Look who may \(verb) it, then do it again: ls -ld \(ShellWord.quoted(file))")
    }
}

// MARK: - Home

extension DeviceKeys {
    /// The device keys of a home; `nil` if it has none yet.
    ///
    /// - Throws: ``JournalError``: `keys` if they exist and cannot be read.
    static func kept(in home: HomeFolder) throws -> DeviceKeys? {
        guard let bytes = try home.read(home.keys, lengthMax: encodedLengthMax) else { return nil }
        do { return try DeviceKeys(decoding: bytes) } catch {
            throw JournalAccess.failure("The device's keys in \(home.keys) cannot be read.", error)
        }
    }

    /// Stores the keys durably, readable only by their owner, unless the home has keys already.
    ///
    /// A first start or a join that was interrupted continues with the keys that it generated.
    func keep(in home: HomeFolder) throws {
        guard try home.read(home.keys, lengthMax: Self.encodedLengthMax) == nil else { return }
        try PrivateFile.makeFolder(home.path)
        try PrivateFile.checkFolder(home.path)
        try home.replace(home.keys, with: encoded(), isDurable: true)
    }
}
