public import GRDB

extension DatabaseFile {
    /// The schema of a file: its application id, and its migrations.
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
        /// A migration from one version to the next.
        public struct Migration: Sendable {
            let run: @Sendable (Database) throws -> Void

            /// A migration in SQL; may contain several statements, separated by semicolons.
            public init(sql: String) {
                run = { try $0.execute(sql: sql) }
            }

            /// A migration in SQL, followed by code.
            ///
            /// The code runs inside the transaction of all pending migrations. It must not commit, and must have no
            /// side effects outside of the database.
            public init(sql: String = "", _ body: @escaping @Sendable (Database) throws -> Void) {
                run = { database in
                    try database.execute(sql: sql)
                    try body(database)
                }
            }
        }

        /// The application id in the file's header; not 0, which is SQLite's default.
        public let applicationID: Int32
        /// All migrations since the first version, in order.
        public let migrations: [Migration]

        /// The version after all migrations.
        public var version: Int { migrations.count }

        /// Makes a schema.
        ///
        /// - Precondition: `applicationID` is not 0, and there is at least one migration.
        public init(applicationID: Int32, migrations: [Migration]) {
            precondition(applicationID != 0 && !migrations.isEmpty, "a schema has an application id and a first step")
            self.applicationID = applicationID
            self.migrations = migrations
        }

        /// Runs all pending migrations in one transaction.
        ///
        /// Foreign keys are off meanwhile, as SQLite requires for rebuilding tables, and are checked before the
        /// commit.
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
