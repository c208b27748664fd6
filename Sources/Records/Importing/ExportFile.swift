import Causality

/// The whole of what `btw export --jsonl` printed: an entry a line.
package struct ExportFile: Hashable, Sendable {
    /// In the order of the file.
    package let entries: [ExportedEntry]
    /// The entries of which one field cannot be here, with what is wrong. They are no reason to do without the others:
    /// what one device wrote must not keep a person from their own export.
    package let leftOut: [ImportProblem]

    /// Reads every line; empty ones are skipped, and so is a byte order mark. UTF-16 is read as UTF-8 is.
    ///
    /// - Throws: ``ImportProblem``, with the number of the line, if one is no entry at all, or none is one that can be here.
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
                // Otherwise the file was cut, or is another one.
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
