package import Between
package import CanonicalJSON
import Causality
import Records

/// An edit in quarantine, as `btw quarantine` prints it.
package struct QuarantineLine: Sendable {
    private let edit: QuarantinedEdit

    package init(_ edit: QuarantinedEdit) { self.edit = edit }

    /// The reason, as a stable word for scripts.
    private var reason: String {
        switch edit.reason {
        case "late", "fork": edit.reason
        default: edit.canBeAdopted || edit.isForget ? "refused" : "unopened"
        }
    }

    /// The form for scripts; its members are stable.
    package var json: JSONValue { .object(members) }

    private var members: JSONObject {
        [
            "at": .text(Text((edit.writtenAt ?? edit.quarantinedAt).description)),
            "author": edit.author.map { .text(Text($0.description)) } ?? .null,
            "device": edit.deviceName.map { .text(Text($0)) } ?? .null,
            "entry": .text(Text(edit.entry.description)), "id": .text(Text(edit.id.description)),
            "reason": .text(Text(reason)),
        ]
    }

    /// With the fields that it sets; `null` if it cannot be decrypted here.
    package var exported: JSONValue {
        var members = members
        members["set"] =
            edit.fields.map { fields in
                var set = JSONObject()
                for (name, value) in fields { set[name.text] = value }
                return .object(set)
            } ?? .null
        return .object(members)
    }

    /// `3.1 · 2026-10-16 10:00 UTC · phone · late · body = what I wrote`.
    package func text(_ style: OutputStyle) -> String {
        let at = (edit.writtenAt ?? edit.quarantinedAt).description
        let when = String(at.prefix(16)).replacing("T", with: " ") + " UTC"
        let what: String =
            if let fields = edit.fields {
                fields.sorted { $0.key < $1.key }.map { name, value in
                    "\(TerminalEscaping.line(name.text.string)) = \(TerminalEscaping.line(value.asText ?? value.canonicalText))"
                }.joined(separator: ", ")
            } else {
                edit.isForget ? "forgets its entry" : "sealed, and does not open here"
            }
        return [edit.id.description, when, TerminalEscaping.line(edit.deviceName ?? "a device"), reason, what]
            .joined(separator: style.separator)
    }
}
