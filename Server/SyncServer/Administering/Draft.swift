import Foundation
import SQLiteFile

/// A file under a random temporary name until it is complete; an existing file is neither opened nor removed.
struct Draft {
    let path: String

    /// Creates an empty draft (0600) in the folder of the final file.
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

    /// A draft that exists.
    init(at path: String) { self.path = path }

    /// Syncs it to the disk and gives it its final name, unless a file has that name.
    func become(_ file: String) throws(SQLiteFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(file) }
        let isSynced = fsync(descriptor) == 0
        close(descriptor)
        guard isSynced else { throw failure(file) }
        // A link fails if the name is taken; a rename would not. Not every file system supports links.
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

    /// Removes the draft and SQLite's files beside it.
    func discard() {
        for rest in [""] + Draft.rests { unlink(path + rest) }
    }

    /// The suffixes of SQLite's files beside a database.
    static let rests = ["-wal", "-shm", "-journal"]
}
