import Causality

/// The whole of what `btw export --jsonl` printed: an entry a line.
package struct ExportFile: Hashable, Sendable {
    /// In the order of the file.
    package let entries: [ExportedEntry]

    /// Reads every line; empty ones are skipped, and so is a byte order mark. UTF-16 is read as UTF-8 is.
    ///
    /// - Throws: ``ImportProblem``, with the number of the line.
    package init(parsing bytes: some Collection<UInt8>) throws(ImportProblem) {
        let bytes = try ImportBytes.utf8(bytes)
        var entries: [ExportedEntry] = []
        var ids: Set<EntryID> = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == UInt8(ascii: "\r") }) {
            let entry: ExportedEntry
            do { entry = try ExportedEntry(parsing: line) } catch {
                throw ImportProblem(error.reason, number: index + 1)
            }
            guard ids.insert(entry.entry.id).inserted else { throw ImportProblem(.repeatedID, number: index + 1) }
            entries.append(entry)
        }
        self.entries = entries
    }
}
