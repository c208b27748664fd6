package import CanonicalJSON

/// jrnl's JSON export (`jrnl --format json`), as notes.
///
/// Title and body become one text, `@tag` becomes a tag while the text stays as it is,
/// and members that we have no field for are kept under `x/jrnl`. jrnl knows no zone,
/// and neither do we then. Strict about the shape: a file that is not jrnl's is refused
/// as a whole.
package struct JrnlFile: Hashable, Sendable {
    package struct Imported: Hashable, Sendable {
        /// The name of this entry at its source, unique in the file: jrnl's `uuid`, or else
        /// its time and its place among those of that minute. Not its text, so that an
        /// entry that was edited in jrnl is the same entry.
        package let sourceID: Text
        /// All fields, `kind` with them, but `made` and `author`.
        package let fields: [FieldName: JSONValue]
    }

    /// In the order of the file.
    package let entries: [Imported]
    /// How many tags cannot be tags here, and were left out; they stand in the texts.
    package let skippedTagCount: Int

    /// - Throws: ``ImportProblem``, with the number of the entry.
    package init(parsing bytes: some Collection<UInt8>) throws(ImportProblem) {
        let file: JSONValue
        do { file = try JSONValue(parsing: bytes) } catch { throw ImportProblem(.json(error.code)) }
        guard let entries = file["entries"]?.asArray else {
            throw ImportProblem(.shape("is not jrnl's: it has no list named entries"))
        }
        var names = SourceNames()
        var imported: [Imported] = []
        var skippedTagCount = 0
        imported.reserveCapacity(entries.count)
        for (index, value) in entries.enumerated() {
            let entry: JrnlEntry
            do { entry = try JrnlEntry(value) } catch { throw ImportProblem(error.reason, number: index + 1) }
            skippedTagCount += entry.skippedTagCount
            imported.append(Imported(sourceID: names.name(for: entry), fields: entry.fields))
        }
        self.entries = imported
        self.skippedTagCount = skippedTagCount
    }
}

/// Names for entries, each given once.
private struct SourceNames {
    private var given: Set<Text> = []
    private var counts: [Text: Int] = [:]

    mutating func name(for entry: JrnlEntry) -> Text {
        if let uuid = entry.uuid, given.insert(uuid).inserted { return uuid }
        // A repeated uuid is counted as times are, so that both entries come in.
        let base = entry.uuid ?? entry.minute
        while true {
            let count = counts[base, default: 0] + 1
            counts[base] = count
            let name: Text = "\(base) \(count)"
            if given.insert(name).inserted { return name }
        }
    }
}
