import CSQLite

/// The version of the loaded SQLite library.
///
/// Log it at start: it determines by which bugs a file may be affected.
public struct SQLiteVersion: Hashable, Sendable, CustomStringConvertible {
    /// SQLite's version string: `3.40.1`.
    public let text: String
    /// SQLite's version number: 3040001.
    public let number: Int

    /// The version of the loaded library.
    public static let loaded = SQLiteVersion(
        text: String(cString: sqlite3_libversion()), number: Int(sqlite3_libversion_number()))

    package init(text: String, number: Int) {
        self.text = text
        self.number = number
    }

    /// Whether two connections that write or checkpoint at the same time can damage the file (3.7.0 to 3.51.2).
    ///
    /// This is why every write and every checkpoint here holds the lock.
    public var hasLogResetBug: Bool { number >= 3_007_000 && number < 3_051_003 }

    public var description: String { "SQLite \(text)" }
}
