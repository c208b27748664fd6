package import CanonicalJSON
import Causality

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
