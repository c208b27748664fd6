import Foundation

/// Small files beside a database that only their owner can read: the device's keys, the incarnation.
public enum PrivateFile {
    /// Creates the folder (0700) and its missing parents.
    public static func makeFolder(_ folder: String) throws(SQLiteFileError) { try Creation.makeFolder(folder) }

    /// Checks that no other user can put a file into a private folder, as ssh does for its keys.
    ///
    /// A folder that others can write to is refused, unless it is empty: then their access is removed. The parents
    /// are not checked.
    ///
    /// - Throws: ``SQLiteFileError/Code/notPrivate``; a missing folder passes.
    public static func checkFolder(_ folder: String) throws(SQLiteFileError) {
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
        let word = ShellWord.quoted(folder)
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw SQLiteFileError(
                .notPrivate,
                "\(folder) belongs to another user of this machine, who could read and change what is put there. "
                    + "Nothing was read or written.", next: "Name a folder of your own. Whose it is: ls -ld \(word)")
        }
        guard status.st_mode & 0o022 != 0 else { return }
        if status.st_uid == geteuid(), isEmpty(folder), chmod(folder, 0o700) == 0, isEmpty(folder) { return }
        throw SQLiteFileError(
            .notPrivate,
            "Others on this machine may write to \(folder), and could have put files there. Nothing was read or written.",
            next: "Look what is in it, then close it to them: ls -la \(word) && chmod 700 \(word)")
    }

    private static func isEmpty(_ folder: String) -> Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?.isEmpty ?? false
    }

    /// Opens a regular file of this user or root; no symbolic link, no pipe.
    ///
    /// - Returns: -1 with `errno` if it cannot be opened; `ELOOP` for any other kind of file or owner.
    public static func openOwn(_ file: String, forWriting: Bool = false) -> CInt {
        let flags = (forWriting ? O_WRONLY : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let descriptor = open(file, flags)
        guard descriptor >= 0 else { return -1 }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_uid == geteuid() || status.st_uid == 0
        {
            return descriptor
        }
        close(descriptor)
        errno = ELOOP
        return -1
    }

    /// Creates a new file (0600), after deleting an existing one.
    ///
    /// - Returns: -1 with `errno` on failure.
    public static func openNew(_ file: String) -> CInt {
        unlink(file)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        // Independent of the umask.
        if descriptor >= 0 { fchmod(descriptor, 0o600) }
        return descriptor
    }

    /// The bytes of a file; `nil` if it does not exist.
    ///
    /// - Parameter lengthMax: of a longer file, one more byte is read, so that the caller's length check fails.
    public static func read(_ file: String, lengthMax: Int) throws(SQLiteFileError) -> [UInt8]? {
        let descriptor = openOwn(file)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(errno, "Reading", file)
        }
        defer { close(descriptor) }
        return try read(lengthMax + 1, from: descriptor, file)
    }

    /// Replaces a file (0600) by rename: after a power loss either the old or the new content is there, complete.
    ///
    /// - Parameter isDurable: whether it is synced before this returns; otherwise later.
    public static func replace(_ file: String, with bytes: [UInt8], isDurable: Bool) throws(SQLiteFileError) {
        try replace(file, isDurable: isDurable) { draft throws(SQLiteFileError) in try write(bytes, to: draft, file) }
    }

    /// Replaces a file by the first bytes of another one, durably, and in pieces, since it may exceed the memory.
    public static func replace(_ file: String, withFirst byteCount: Int, of source: String) throws(SQLiteFileError) {
        let original = open(source, O_RDONLY | O_CLOEXEC)
        guard original >= 0 else { throw .system(errno, "Reading", source) }
        defer { close(original) }
        try replace(file, isDurable: true) { draft throws(SQLiteFileError) in
            var left = byteCount
            while left > 0 {
                let piece = try read(min(left, pieceByteCount), from: original, source)
                guard !piece.isEmpty else { throw .system(EIO, "Reading", source) }
                try write(piece, to: draft, file)
                left -= piece.count
            }
        }
    }

    /// Removes access of other users to a file or a folder, which a copy or a restored backup may have granted.
    ///
    /// Works on the path, since closing another descriptor of a database releases SQLite's locks. Files of another
    /// owner are not changed.
    ///
    /// - Returns: whether only its owner can access it now; `nil` if others could not before.
    public static func closeToOthers(_ path: String) -> Bool? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return nil }
        guard status.st_uid == geteuid(), chmod(path, status.st_mode & 0o700) == 0 else { return false }
        return stat(path, &status) == 0 && status.st_mode & 0o077 == 0
    }

    /// Deletes a file, if it exists.
    public static func remove(_ file: String) { unlink(file) }

    private static let pieceByteCount = 1 << 20

    private static func replace(
        _ file: String, isDurable: Bool, fill: (CInt) throws(SQLiteFileError) -> Void
    ) throws(SQLiteFileError) {
        let draft = file + ".new"
        let descriptor = openNew(draft)
        guard descriptor >= 0 else { throw .system(errno, "Writing", file) }
        defer { close(descriptor) }
        do {
            try fill(descriptor)
        } catch {
            // A partial file is useless, and may be what fills the disk.
            unlink(draft)
            throw error
        }
        if isDurable, fsync(descriptor) != 0 { throw .system(errno, "Writing", file) }
        guard rename(draft, file) == 0 else { throw .system(errno, "Writing", file) }
        if isDurable { try Creation.sync(FilePlace(file).folder) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt, _ file: String) throws(SQLiteFileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(errno, "Writing", file) }
            written += count
        }
    }

    /// Reads this many bytes, or up to the file's end.
    private static func read(
        _ byteCount: Int, from descriptor: CInt, _ file: String
    ) throws(SQLiteFileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var count = 0
        while count < bytes.count {
            let got = bytes[count...].withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .system(errno, "Reading", file) }
            if got == 0 { break }
            count += got
        }
        return Array(bytes.prefix(count))
    }
}
