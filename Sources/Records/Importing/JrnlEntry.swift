import CanonicalJSON

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
