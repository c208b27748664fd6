/// Why a file could not be opened, read or written, and what to do next.
///
/// Neither it nor its description holds a value, an SQL argument or anything
/// else that a person wrote; paths of the home may stand in it. ``underlying``
/// may hold SQL text, so it is for code that looks at SQLite's number, and not
/// for logs.
public struct SQLiteFileError: Error, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of trouble it is. Others may be added; keep a `default`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The stable name, as `--json` prints it.
        public let rawValue: String

        /// Makes a code from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Another process held the lock, or the database, for as long as we waited. Nothing was written.
        public static let locked = Code(rawValue: "locked")
        /// The disk or the quota is full. Nothing was written; it works again by itself when there is space.
        public static let full = Code(rawValue: "full")
        /// The file, its folder or its disk may only be read. Nothing was written.
        public static let readOnly = Code(rawValue: "read_only")
        /// The file is not what was written to it. It was left as it is.
        public static let damaged = Code(rawValue: "damaged")
        /// A newer version has changed the file's form. It was left as it is.
        public static let newerVersion = Code(rawValue: "newer_version")
        /// Not a database, or another program's. It was left as it is.
        public static let notOurs = Code(rawValue: "not_ours")
        /// The file, its log or its lock was moved, deleted or replaced while it was open. Nothing was written.
        public static let moved = Code(rawValue: "moved")
        /// The system or SQLite refuses to open it.
        public static let cannotOpen = Code(rawValue: "cannot_open")
        /// There is no file, and the caller did not ask for a new one.
        public static let missing = Code(rawValue: "missing")
        /// Reading or writing failed below SQLite. Nothing was committed.
        public static let io = Code(rawValue: "io")
        /// A commit failed below SQLite: it may or may not be there after reopening, and nothing is written until then.
        public static let broken = Code(rawValue: "broken")
        /// SQLite did not take a setting that keeps the data safe: a bug of ours, or another SQLite.
        public static let unsafe = Code(rawValue: "unsafe")
        /// A migration failed. The file is as it was before.
        public static let migration = Code(rawValue: "migration")
        /// The file was closed before: a mistake of the caller.
        public static let closed = Code(rawValue: "closed")
        /// Others on this machine own the folder, or may write to it. Nothing was read or written.
        public static let notPrivate = Code(rawValue: "not_private")
        /// A write inside another write of the same file: a mistake of the caller. The inner one did nothing.
        public static let nested = Code(rawValue: "nested")
    }

    public let code: Code
    /// What happened, and what is safe.
    public let message: String
    /// A thing to do.
    public let next: String
    /// The error below it, where there is one.
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
