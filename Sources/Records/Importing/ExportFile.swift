package import CanonicalJSON
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

/// A parsed line of `btw export --jsonl`. For lines that we wrote, its `Entry.json` is the same line, byte for byte.
///
/// An entry with an unsettled conflict has its other values in ``Entry/unsettled`` for display. They are not part of
/// ``Entry/fields``: an import writes the value that was shown, and so settles the conflict.
///
/// Unknown members come from a newer version, and are kept as fields. Known ones must be valid, with one exception: a
/// choice may have words of a newer version. Values that were invalid where they were exported are in `fields`, and
/// are kept unchanged.
package struct ExportedEntry: Hashable, Sendable {
    package let entry: Entry
    /// The name of the space from which it was exported.
    package let space: Text

    /// Parses one line, without its newline.
    ///
    /// - Throws: ``ImportProblem`` without a number.
    package init(parsing line: some Collection<UInt8>) throws(ImportProblem) {
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch { throw ImportProblem(.json(error.code)) }
        try self.init(value)
    }

    package init(_ value: JSONValue) throws(ImportProblem) {
        guard let object = value.asObject else { throw ImportProblem(.shape("is no object")) }
        let members = ExportMembers(object)
        let kind = Kind(try members.text("kind"))
        guard kind != .device else { throw ImportProblem(.shape("describes a device, which no export does")) }
        var fields: [FieldName: JSONValue] = [:]
        // A known kind is one word, but a newer version's may be anything.
        let isNewer = try members.needsNewer
        if isNewer { fields["kind"] = .text(kind.name) }
        for (name, value) in object
        where !ExportMembers.others.contains(name) && value != .null && !(isNewer && name == "kind") {
            fields.merge(try ExportMembers.fields(name, value, of: kind)) { $1 }
        }
        for (name, value) in try members.newer where value != .null {
            let field = FieldName(name)
            // A valid value of a known field would have been printed as its member.
            let isKnown = fields[field] != nil && !(field == "kind" && value.asText == nil)
            guard !isKnown, name != "gone", Entry.isSet(field, value) else {
                throw ExportMembers.wrong("fields")
            }
            if field != "kind" { fields[field] = value }
        }
        guard fields.keys.allSatisfy(\.isWritable) else {
            throw ImportProblem(.shape("has a field whose name cannot be one"))
        }
        entry = Entry(
            id: try members.id, kind: kind, fields: fields, isTrashed: try members.isTrashed,
            unsettled: try members.unsettled, clock: try members.clock, edited: try members.edited)
        space = try members.text("space")
        // An import splits a large entry into several edits; each field must fit into one.
        for (name, value) in fields where !ImportProblem.fits([name: value], origin: entry.clock) {
            throw ImportProblem(.tooLarge)
        }
    }
}

/// The members of an exported entry, and their parsing.
struct ExportMembers {
    private let object: JSONObject

    init(_ object: JSONObject) { self.object = object }

    /// Members that are not fields: identity, and derived values.
    static let others: Set<Text> = ["id", "space", "edited", "clock", "gone", "unsettled", "needs", "fields"]

    func text(_ name: Text) throws(ImportProblem) -> Text {
        guard case .text(let text) = object[name] else { throw Self.wrong(name) }
        return text
    }

    var id: EntryID {
        get throws(ImportProblem) {
            let text = try text("id").string
            guard let id = EntryID(text), id.description == text else { throw Self.wrong("id") }
            return id
        }
    }

    var clock: VectorClock {
        get throws(ImportProblem) {
            guard let clock = object["clock"].flatMap({ VectorClock($0) }) else { throw Self.wrong("clock") }
            return clock
        }
    }

    var edited: Timestamp {
        get throws(ImportProblem) {
            guard let edited = Timestamp(try text("edited").string) else { throw Self.wrong("edited") }
            return edited
        }
    }

    var isTrashed: Bool {
        get throws(ImportProblem) {
            guard let gone = object["gone"] else { return false }
            guard gone == "trashed" else { throw Self.wrong("gone") }
            return true
        }
    }

    var unsettled: [FieldName: [JSONValue]] {
        get throws(ImportProblem) {
            guard let value = object["unsettled"] else { return [:] }
            guard let members = value.asObject else { throw Self.wrong("unsettled") }
            var unsettled: [FieldName: [JSONValue]] = [:]
            for (name, values) in members {
                guard let values = values.asArray else { throw Self.wrong("unsettled") }
                unsettled[FieldName(name)] = values
            }
            return unsettled
        }
    }

    /// Whether the line contains fields that its writer did not know.
    var needsNewer: Bool {
        get throws(ImportProblem) {
            if let needs = object["needs"], needs != "newer" { throw Self.wrong("needs") }
            return object["needs"] != nil
        }
    }

    /// Fields that the writer of the line did not know or found invalid.
    var newer: JSONObject {
        get throws(ImportProblem) {
            guard let value = object["fields"] else { return JSONObject() }
            guard let members = value.asObject else { throw Self.wrong("fields") }
            return members
        }
    }

    /// The registers of a member: one per element of a set or a map; default values and unset flags have none, since
    /// export adds them again.
    static func fields(_ name: Text, _ value: JSONValue, of kind: Kind) throws(ImportProblem) -> [FieldName: JSONValue]
    {
        guard let spec = Schema.fields(of: kind).first(where: { $0.name == name }) else {
            // An export never names a single element of a known set.
            if Schema.field(FieldName(name), of: kind) != nil { throw wrong(name) }
            return [FieldName(name): value]
        }
        switch spec.type {
        case .set:
            var fields: [FieldName: JSONValue] = [:]
            for element in value.asArray ?? [.null] {
                guard case .text(let element) = element else { throw wrong(name) }
                if let problem = spec.problem(withElement: element) {
                    throw ImportProblem(.field(name, problem: problem))
                }
                fields[FieldName(name, element: element)] = true
            }
            return fields
        case .map:
            guard let members = value.asObject else { throw wrong(name) }
            guard members[""] == nil else { throw ImportProblem(.field(name, problem: "has a source without a name")) }
            let present = members.filter { $0.value != .null }
            return Dictionary(uniqueKeysWithValues: present.map { (FieldName(name, element: $0.key), $0.value) })
        default:
            try check(value, of: spec)
            let isLeftOut = value == spec.standard || spec.type == .flag && value == .bool(false)
            return isLeftOut ? [:] : [FieldName(name): value]
        }
    }

    /// Whether this version would write the value; a choice may have words of a newer version.
    private static func check(_ value: JSONValue, of spec: FieldSpec) throws(ImportProblem) {
        if let problem = spec.exportProblem(with: value) { throw ImportProblem(.field(spec.name, problem: problem)) }
    }

    static func wrong(_ name: Text) -> ImportProblem {
        ImportProblem(.shape("is not an entry of btw export --jsonl: \(name) is missing or of another form"))
    }
}
