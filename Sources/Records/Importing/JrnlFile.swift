package import CanonicalJSON

/// Parses jrnl's JSON export (`jrnl --format json`) as notes: a whole list, or the single entry of a file of its
/// folder export.
///
/// Title and body become one text, `@tag` becomes a tag while the text stays unchanged, and members without a field
/// here are kept under `x/jrnl`. jrnl stores no time zone, so the times have none. A file of another shape is refused
/// as a whole, but single unsupported values are not: an invalid character becomes U+FFFD (``mended``), and an entry
/// that is too long is left out (``leftOut``).
package struct JrnlFile: Hashable, Sendable {
    package struct Imported: Hashable, Sendable {
        package enum Name: Hashable, Sendable {
            /// jrnl's `uuid`, if no other entry of the file has it.
            case uuid(Text)
            /// No id: the entry is one of a minute, or of a repeated `uuid`, and is identified by its text. Its
            /// position among these is not used, since it may differ in the next file.
            case amongThose(of: Text)
        }

        package let name: Name
        /// All fields, including `kind`, without `made` and `author`.
        package let fields: [FieldName: JSONValue]
    }

    /// An entry that is reported to the user.
    package struct Odd: Hashable, Sendable {
        /// Its number in the file, counted from 1.
        package let number: Int
        /// `2026-10-05 21:14`, as the file has it.
        package let minute: String
        /// Unescaped text of the user.
        package let title: String
        package let problem: ImportProblem?
    }

    /// In the order of the file.
    package private(set) var entries: [Imported] = []
    /// The number of tags that are not valid here and were left out; they remain in the texts.
    package private(set) var skippedTagCount = 0
    /// Entries over the size limit, which are not in ``entries``.
    package private(set) var leftOut: [Odd] = []
    /// Entries in which an invalid character was replaced by U+FFFD.
    package private(set) var mended: [Odd] = []

    /// - Throws: ``ImportProblem``, with the number of the entry or the line.
    package init(parsing file: some Collection<UInt8>) throws(ImportProblem) {
        var bytes = try ImportBytes.utf8(file)
        let oddOffsets = ImportBytes.replaceOddEscapes(in: &bytes)
        let list = try Self.list(bytes)
        var mendedNumbers = Set(ImportBytes.entries(at: oddOffsets, in: bytes))
        if !list.isInFile, !oddOffsets.isEmpty { mendedNumbers = [1] }
        var counts: [Text: Int] = [:]
        for value in list.entries { if let uuid = value["uuid"]?.asText { counts[Text(uuid), default: 0] += 1 } }
        entries.reserveCapacity(list.entries.count)
        for (index, value) in list.entries.enumerated() {
            let entry: JrnlEntry
            do { entry = try JrnlEntry(value) } catch {
                guard error.isOfSize else { throw ImportProblem(error.reason, number: index + 1) }
                leftOut.append(Self.odd(value, number: index + 1, error))
                continue
            }
            if mendedNumbers.contains(index + 1) { mended.append(Self.odd(value, number: index + 1, nil)) }
            skippedTagCount += entry.skippedTagCount
            let isAlone = entry.uuid.map { counts[$0] == 1 } ?? false
            let name: Imported.Name = isAlone ? .uuid(entry.uuid ?? "") : .amongThose(of: entry.uuid ?? entry.minute)
            entries.append(Imported(name: name, fields: entry.fields))
        }
    }

    private static func list(
        _ bytes: [UInt8]
    ) throws(ImportProblem) -> (entries: [JSONValue], isInFile: Bool) {
        let file: JSONValue
        do { file = try JSONValue(parsing: bytes) } catch {
            if isJournalText(bytes) { throw ImportProblem(.journalText) }
            let number = ImportBytes.entries(at: [error.byteOffset], in: bytes).first.flatMap { $0 > 0 ? $0 : nil }
            throw ImportProblem(
                .json(error.code), number: number, line: ImportBytes.line(at: error.byteOffset, in: bytes))
        }
        if let entries = file["entries"]?.asArray { return (entries, true) }
        guard let members = file.asObject, ["title", "body", "date", "time"].allSatisfy({ members[$0] != nil }) else {
            throw ImportProblem(.shape("is not jrnl's: it has no list named entries"))
        }
        return ([file], false)
    }

    /// Whether it begins like `[2026-10-05 21:14] A title`.
    private static func isJournalText(_ bytes: [UInt8]) -> Bool {
        let start = bytes.drop { $0 <= 0x20 }.prefix(6)
        return start.first == UInt8(ascii: "[") && start.count == 6 && start.dropFirst().prefix(4).allSatisfy(\.isDigit)
            && start.last == UInt8(ascii: "-")
    }

    private static func odd(_ entry: JSONValue, number: Int, _ problem: ImportProblem?) -> Odd {
        let text = { (name: Text) in entry[name]?.asText ?? "" }
        return Odd(
            number: number, minute: "\(text("date")) \(text("time").prefix(5))",
            title: Columns.cut(String(text("title"))[...], to: Entry.titleColumnsMax), problem: problem)
    }
}

extension ImportProblem {
    /// Whether the entry is valid but for its size.
    fileprivate var isOfSize: Bool {
        switch reason {
        case .tooLarge, .field("body", _): true
        default: false
        }
    }
}
