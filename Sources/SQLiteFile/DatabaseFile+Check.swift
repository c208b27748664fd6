import GRDB

extension DatabaseFile {
    /// The result of `check()`.
    public struct CheckReport: Hashable, Sendable {
        /// What is wrong, one line each, at most a hundred; empty if the file is sound. Contains names of tables, and
        /// no values.
        public let findings: [String]
        /// The length of the log in bytes. Far above `walPagesMax` pages, some reader does not end.
        public let logByteCount: Int64
        /// The version of SQLite that ran the check.
        public let version: SQLiteVersion

        public var isSound: Bool { findings.isEmpty }
    }

    /// Checks the whole file.
    ///
    /// Runs `PRAGMA integrity_check` and `foreign_key_check`, and verifies that the settings are still those of
    /// opening. Takes no lock, and some seconds per gigabyte. It cannot detect a changed byte inside a value.
    public func check() throws -> CheckReport {
        try report(read { try findings($0) })
    }

    /// Checks the whole file, without blocking the caller's thread.
    public func check() async throws -> CheckReport {
        try await report(read { [self] in try findings($0) })
    }

    private func report(_ findings: [String]) throws -> CheckReport {
        CheckReport(
            findings: findings, logByteCount: try FileStatus(place.log)?.size ?? 0, version: SQLiteVersion.loaded)
    }

    private func findings(_ database: Database) throws -> [String] {
        var findings = try Safety.violations(database, isReadOnly: isReadOnly)
        do {
            let lines = try String.fetchAll(database, sql: "PRAGMA integrity_check(100)")
            if lines != ["ok"] { findings += lines }
            let violations = try database.foreignKeyViolations()
            while findings.count < 100, let violation = try violations.next() {
                findings.append("a row of \(violation.originTable) refers to no row of \(violation.destinationTable)")
            }
        } catch let error as DatabaseError where SQLiteFileError(error, at: path)?.code == .damaged {
            findings.append("the check could not read on (SQLite \(error.extendedResultCode.rawValue))")
        }
        return findings
    }
}
