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

/// One entry of jrnl's export.
struct JrnlEntry {
    let fields: [FieldName: JSONValue]
    let uuid: Text?
    /// `2026-10-05 21:14`.
    let minute: Text
    private(set) var skippedTagCount = 0

    init(_ value: JSONValue) throws(ImportProblem) {
        guard let entry = value.asObject else { throw ImportProblem(.shape("is no object")) }
        let at = try Self.moment(entry)
        minute = Text(at.prefix(10) + " " + at.dropFirst(11))
        uuid = entry["uuid"]?.asText.flatMap { $0.isEmpty ? nil : Text($0) }
        var fields: [FieldName: JSONValue] = ["kind": .text(Kind.note.name), "at": .text(Text(at))]
        let body = try Self.body(entry)
        if let problem = FieldType.prose.problem(with: .text(body)) {
            throw ImportProblem(.field("body", problem: problem))
        }
        if !body.string.isEmpty { fields["body"] = .text(body) }
        for tag in try Self.tags(entry) {
            if Words.isTag(tag.string) {
                fields[FieldName("tags", element: tag)] = true
            } else {
                skippedTagCount += 1
            }
        }
        var foreign = entry
        for known in Self.known { foreign[known] = nil }
        if !foreign.isEmpty { fields["x/jrnl"] = .object(foreign) }
        // A name derived from the text is not longer than this one.
        let name = ImportName(source: "jrnl", id: uuid ?? Text(String(repeating: "0", count: 64)))
        guard ImportProblem.fits(fields, imported: name) else { throw ImportProblem(.tooLarge) }
        self.fields = fields
    }

    private static let known: [Text] = ["title", "body", "date", "time", "tags", "starred"]

    private static func text(_ entry: JSONObject, _ name: Text) throws(ImportProblem) -> String {
        guard let text = entry[name]?.asText else { throw ImportProblem(.shape("is not jrnl's: \(name) is no text")) }
        return text
    }

    /// Title and body as one text, with LF line endings.
    private static func body(_ entry: JSONObject) throws(ImportProblem) -> Text {
        let title = try text(entry, "title")
        let body = try text(entry, "body")
        let whole = title.isEmpty || body.isEmpty ? title + body : title + "\n" + body
        guard whole.utf8.contains(UInt8(ascii: "\r")) else { return Text(whole) }
        var bytes: [UInt8] = []
        for byte in whole.utf8 {
            if byte == UInt8(ascii: "\n"), bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            bytes.append(byte)
        }
        return Text(String(decoding: bytes, as: UTF8.self))
    }

    /// Day and time without a zone; seconds are dropped.
    private static func moment(_ entry: JSONObject) throws(ImportProblem) -> String {
        let date = try text(entry, "date")
        let time = try text(entry, "time")
        guard CivilDate(date) != nil else { throw ImportProblem(.shape("has a date that is no day like 2026-10-05")) }
        let wrongTime = ImportProblem(.shape("has a time that is not one like 21:14"))
        var minute = time
        if time.utf8.count == 8 {
            guard Timestamp("\(date)T\(time).000Z") != nil else { throw wrongTime }
            minute = String(time.prefix(5))
        }
        guard minute.utf8.count == 5, let moment = Moment("\(date)T\(minute)") else { throw wrongTime }
        return moment.description
    }

    /// Tags without their symbol, in lower case, and `starred`; some may not be valid tags here.
    private static func tags(_ entry: JSONObject) throws(ImportProblem) -> [Text] {
        var tags: [Text] = []
        for value in entry["tags"].map({ $0.asArray ?? [$0] }) ?? [] {
            guard let tag = value.asText else { throw ImportProblem(.shape("is not jrnl's: a tag is no text")) }
            tags.append(Text(Self.tag(tag)))
        }
        switch entry["starred"] {
        case .bool(true): tags.append("starred")
        case nil, .bool(false): break
        default: throw ImportProblem(.shape("is not jrnl's: starred is neither true nor false"))
        }
        return tags
    }

    private static func tag(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        if let first = scalars.first, !first.properties.isAlphabetic, first.properties.numericType == nil {
            scalars.removeFirst()
        }
        let dashed = scalars.map { $0.properties.isWhitespace ? "-" : $0 }
        return String(String.UnicodeScalarView(dashed)).lowercased()
    }
}
