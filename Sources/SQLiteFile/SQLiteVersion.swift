import CSQLite

/// The SQLite library that this process has loaded.
///
/// Write it to the log at start: which bugs a file may have met depends on it.
public struct SQLiteVersion: Hashable, Sendable, CustomStringConvertible {
    /// As SQLite writes it: `3.40.1`.
    public let text: String
    /// As SQLite counts: 3040001.
    public let number: Int

    /// The one that is loaded.
    public static let loaded = SQLiteVersion(
        text: String(cString: sqlite3_libversion()), number: Int(sqlite3_libversion_number()))

    package init(text: String, number: Int) {
        self.text = text
        self.number = number
    }

    /// Whether two connections that write or checkpoint at the same moment can
    /// damage the file (3.7.0 to 3.51.2).
    ///
    /// It is why every write and every checkpoint here holds the lock.
    public var hasLogResetBug: Bool { number >= 3_007_000 && number < 3_051_003 }

    public var description: String { "SQLite \(text)" }
}
