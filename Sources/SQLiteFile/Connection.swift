import GRDB

/// Opens the single connection that a process has to a file.
enum Connection {
    /// Opens a connection under the settings of ``Safety``, and reads the first page.
    ///
    /// GRDB's journal mode stays `default`: for `.wal` it would set
    /// `synchronous` to NORMAL after our own settings.
    ///
    /// - Parameter onStatement: Called with every statement that runs; for tests.
    static func open(
        _ place: FilePlace, isReadOnly: Bool, keepsLog: Bool = true, onStatement: (@Sendable (String) -> Void)?
    ) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(Safety.busySeconds)
        configuration.label = "between"
        configuration.prepareDatabase { database in
            if let onStatement { database.trace { onStatement("\($0)") } }
            try Safety.harden(database, keepsLog: keepsLog)
        }
        return try DatabaseQueue(path: place.path, configuration: configuration)
    }
}
