public import GRDB

extension DatabaseFile {
    /// What a file holds: whose it is, and the steps that made it so.
    ///
    /// ```swift
    /// let schema = DatabaseFile.Schema(
    ///     applicationID: 0x4274_776e,
    ///     migrations: [.init(sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")])
    /// ```
    ///
    /// Migrations go forward only, and one that was released is never edited:
    /// another is appended. The file's `user_version` is how many have run.
    public struct Schema: Sendable {
        /// One step from a version to the next.
        public struct Migration: Sendable {
            let run: @Sendable (Database) throws -> Void

            /// A step in SQL; several statements, parted by semicolons, are fine.
            public init(sql: String) {
                run = { try $0.execute(sql: sql) }
            }

            /// A step in SQL, then in code, for what SQL alone cannot say.
            ///
            /// The code runs inside the transaction of all pending steps. It
            /// must not commit, and must not write anywhere but to the database.
            public init(sql: String = "", _ body: @escaping @Sendable (Database) throws -> Void) {
                run = { database in
                    try database.execute(sql: sql)
                    try body(database)
                }
            }
        }

        /// The number in the file's header that says whose it is; not 0, which is nobody's.
        public let applicationID: Int32
        /// All steps since the first version, in order.
        public let migrations: [Migration]

        /// The version that this schema makes.
        public var version: Int { migrations.count }

        /// Makes a schema.
        ///
        /// - Precondition: `applicationID` is not 0, and there is a migration at least.
        public init(applicationID: Int32, migrations: [Migration]) {
            precondition(applicationID != 0 && !migrations.isEmpty, "a schema has an application id and a first step")
            self.applicationID = applicationID
            self.migrations = migrations
        }

        /// Brings the file from a version to ours in one transaction: all steps, or none.
        ///
        /// Foreign keys are off meanwhile, as SQLite asks for when tables are
        /// made anew, and are all checked before the commit.
        func migrate(_ database: Database, from version: Int) throws {
            try database.execute(sql: "PRAGMA foreign_keys = OFF")
            try database.inTransaction(.immediate) {
                for migration in migrations[version...] { try migration.run(database) }
                try database.checkForeignKeys()
                try database.execute(sql: "PRAGMA application_id = \(applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(self.version)")
                return .commit
            }
            try database.execute(sql: "PRAGMA foreign_keys = ON")
        }
    }
}
