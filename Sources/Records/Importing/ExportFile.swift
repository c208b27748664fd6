import Causality

/// The output of `btw export --jsonl`: one entry per line.
package struct ExportFile: Hashable, Sendable {
    /// In the order of the file.
    package let entries: [ExportedEntry]
    /// Entries with an invalid field, and what is wrong. The others are imported nevertheless: an invalid edit of one
    /// device must not block the import of a user's own export.
    package let leftOut: [ImportProblem]

    /// Parses every line; empty ones are skipped, and so is a byte order mark. UTF-16 is accepted too.
    ///
    /// - Throws: ``ImportProblem``, with the number of the line, if a line is not an entry, or none is a valid one.
    package init(parsing bytes: some Collection<UInt8>) throws(ImportProblem) {
        let bytes = try ImportBytes.utf8(bytes)
        var entries: [ExportedEntry] = []
        var leftOut: [ImportProblem] = []
        var ids: Set<EntryID> = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == UInt8(ascii: "\r") }) {
            let entry: ExportedEntry
            do { entry = try ExportedEntry(parsing: line) } catch {
                let problem = ImportProblem(error.reason, number: index + 1)
                // Otherwise the file is truncated, or of another format.
                guard problem.isOfOneField else { throw problem }
                leftOut.append(problem)
                continue
            }
            guard ids.insert(entry.entry.id).inserted else { throw ImportProblem(.repeatedID, number: index + 1) }
            entries.append(entry)
        }
        if entries.isEmpty, let problem = leftOut.first { throw problem }
        self.leftOut = leftOut
        self.entries = entries
    }
}
