/// The error of a database file: a stable code, a message, and the next step.
///
/// Neither its members nor its description contain values, SQL arguments or text of the user; they may contain paths
/// of the home. ``underlying`` may contain SQL text, so it must not be logged.
public struct SQLiteFileError: Error, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of error. Others may be added; keep a `default`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The stable name, as `--json` prints it.
        public let rawValue: String

        /// Makes a code from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Another process held the lock, or the database, until the timeout. Nothing was written.
        public static let locked = Code(rawValue: "locked")
        /// The disk or the quota is full. Nothing was written; writing works again when there is space.
        public static let full = Code(rawValue: "full")
        /// The file, its folder or its disk is read-only. Nothing was written.
        public static let readOnly = Code(rawValue: "read_only")
        /// The file is corrupt. It was not changed.
        public static let damaged = Code(rawValue: "damaged")
        /// A newer version has migrated the file. It was not changed.
        public static let newerVersion = Code(rawValue: "newer_version")
        /// Not a database, or another program's. It was not changed.
        public static let notOurs = Code(rawValue: "not_ours")
        /// The file, its log or its lock was moved, deleted or replaced while it was open. Nothing was written.
        public static let moved = Code(rawValue: "moved")
        /// The system or SQLite refused to open it.
        public static let cannotOpen = Code(rawValue: "cannot_open")
        /// The file does not exist, and creation was not requested.
        public static let missing = Code(rawValue: "missing")
        /// An I/O error. Nothing was committed.
        public static let io = Code(rawValue: "io")
        /// A commit failed with an I/O error: it may or may not be there after reopening, and writes are refused
        /// until then.
        public static let broken = Code(rawValue: "broken")
        /// SQLite did not accept a setting that protects the data: a bug of ours, or of the SQLite library.
        public static let unsafe = Code(rawValue: "unsafe")
        /// A migration failed. The file was not changed.
        public static let migration = Code(rawValue: "migration")
        /// The file was closed: a mistake of the caller.
        public static let closed = Code(rawValue: "closed")
        /// Other users own the folder, or may write to it. Nothing was read or written.
        public static let notPrivate = Code(rawValue: "not_private")
        /// A write inside another write of the same file: a mistake of the caller. The inner one did nothing.
        public static let nested = Code(rawValue: "nested")
    }

    public let code: Code
    /// What happened, and what is safe.
    public let message: String
    /// The next step.
    public let next: String
    /// The underlying error, if there is one.
    public let underlying: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, next: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.next = next
        self.underlying = underlying
    }

    public var description: String { "\(code.rawValue): \(message) \(next)" }
    public var debugDescription: String { description }
}
