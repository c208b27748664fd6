import Foundation
import SQLiteFile

/// A file under a name that nobody has, until it is whole: what is there already is neither opened nor removed.
struct Draft {
    let path: String

    /// Makes an empty one (0600) in the folder of the file that it is to become.
    init(of file: String) throws(SQLiteFileError) {
        var generator = SystemRandomNumberGenerator()
        path = file + "." + String(UInt64.random(in: .min ... .max, using: &generator), radix: 36) + ".part"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SQLiteFileError(
                .cannotOpen, "\(path) cannot be made. Nothing was written.",
                next: "Name a file in a folder that is there, and that you may write.")
        }
        close(descriptor)
    }

    /// One that is there.
    init(at path: String) { self.path = path }

    /// Puts it on the disk under its own name, unless something has that name.
    func become(_ file: String) throws(SQLiteFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(file) }
        let isSynced = fsync(descriptor) == 0
        close(descriptor)
        guard isSynced else { throw failure(file) }
        // A link fails where the name is taken; a rename would not. Not every file system has links.
        if link(path, file) == 0 {
            unlink(path)
        } else {
            var status = stat()
            guard errno != EEXIST, lstat(file, &status) != 0, errno == ENOENT, rename(path, file) == 0 else {
                throw failure(file)
            }
        }
        let folder = open(URL(fileURLWithPath: file).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw failure(file) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure(file) }
    }

    private func failure(_ file: String) -> SQLiteFileError {
        SQLiteFileError(.cannotOpen, "\(file) cannot be written. Nothing else was changed.", next: "Name another file.")
    }

    /// What SQLite makes beside it is removed with it.
    func discard() {
        for rest in [""] + Draft.rests { unlink(path + rest) }
    }

    /// What SQLite has beside a database.
    static let rests = ["-wal", "-shm", "-journal"]
}
