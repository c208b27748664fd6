package import CanonicalJSON
import Causality

/// A line of `btw export --jsonl`, read back: `Entry.json` of it is the line again, byte
/// for byte, where we wrote the line.
///
/// An entry that is unsettled keeps its other values in ``Entry/unsettled``, so that
/// they can be shown. They are not part of ``Entry/fields``: what an import writes is
/// the value that was shown, and then the entry is settled there.
///
/// Members that this version does not know come from a newer one, and are kept as
/// fields. What it knows must be what it would write itself, with one exception: where
/// a field takes one word out of several, a newer version may know more of them. What
/// was odd already where it was exported stands in `fields`, and stays as it is.
package struct ExportedEntry: Hashable, Sendable {
    package let entry: Entry
    /// Where it was exported from.
    package let space: Text

    /// Reads one line, without its newline.
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
        // A kind is one word, but a newer version's may be anything.
        let isNewer = try members.needsNewer
        if isNewer { fields["kind"] = .text(kind.name) }
        for (name, value) in object
        where !ExportMembers.others.contains(name) && value != .null && !(isNewer && name == "kind") {
            fields.merge(try ExportMembers.fields(name, value, of: kind)) { $1 }
        }
        for (name, value) in try members.newer where value != .null {
            let field = FieldName(name)
            // Under its own name a value of ours would have been printed where it belongs.
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
        // What is too much for one edit comes in several, a field in one of them.
        for (name, value) in fields where !ImportProblem.fits([name: value], origin: entry.clock) {
            throw ImportProblem(.tooLarge)
        }
    }
}
