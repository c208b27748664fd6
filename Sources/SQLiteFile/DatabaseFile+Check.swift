import GRDB

extension DatabaseFile {
    /// What `check()` found.
    public struct CheckReport: Hashable, Sendable {
        /// What is wrong, a line each, at most a hundred; empty when the file is sound. Names of tables, no values.
        public let findings: [String]
        /// How long the log is, in bytes. Far above `walPagesMax` pages, a reader does not end.
        public let logByteCount: Int64
        /// The SQLite that looked.
        public let version: SQLiteVersion

        public var isSound: Bool { findings.isEmpty }
    }

    /// Reads the whole file and tells what is wrong with it.
    ///
    /// Runs `PRAGMA integrity_check`, `foreign_key_check`, and looks that the
    /// settings are as they were at opening. Takes no lock, and some seconds a
    /// gigabyte. It cannot see a changed byte inside a value.
    public func check() throws -> CheckReport {
        try report(read { try findings($0) })
    }

    /// Reads the whole file and tells what is wrong with it, without blocking the caller's thread.
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
