package import CanonicalJSON
package import Causality

/// Why a file was not imported. Contains no text of the file.
package struct ImportProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// Invalid JSON.
        case json(JSONError.Code)
        /// jrnl's text file instead of its JSON export.
        case journalText
        /// JSON of another shape; the description is the end of a sentence about the entry or the file.
        case shape(String)
        /// A known field has an invalid value.
        case field(Text, problem: String)
        /// Too large for one edit.
        case tooLarge
        /// Another entry of the file has the same id.
        case repeatedID
    }

    package let reason: Reason
    /// The number of the entry or line, counted from 1; `nil` for the whole file.
    package let number: Int?
    /// The line number, counted from 1, if that is not ``number``.
    package let line: Int?

    package init(_ reason: Reason, number: Int? = nil, line: Int? = nil) {
        self.reason = reason
        self.number = number
        self.line = line
    }

    /// Whether it is an entry, with an invalid value of a single field.
    package var isOfOneField: Bool {
        switch reason {
        case .field, .tooLarge: true
        case .json, .journalText, .shape, .repeatedID: false
        }
    }

    /// The end of a sentence about ``number``, or about the file.
    package var description: String {
        switch reason {
        case .json(.invalidUTF8): "is not UTF-8"
        case .json(let code): "is not JSON (\(code.rawValue))"
        case .journalText: "is jrnl's own text file, and what can be read is its JSON export"
        case .shape(let problem): problem
        case .field(let name, let problem): "has a field \(name) that \(problem)"
        case .tooLarge: "is more than one edit holds, which is \(RecordLimits.editBytesMax) bytes"
        case .repeatedID: "has an id that another one has too"
        }
    }

    /// Whether these fields fit into one edit, with the other members of its box.
    package static func fits(
        _ fields: [FieldName: JSONValue], origin: VectorClock? = nil, imported: ImportName? = nil
    ) -> Bool {
        let content = EditContent(at: Timestamp(millisSince1970: 0), fields: fields, origin: origin, imported: imported)
        return content.bytes.count <= RecordLimits.editBytesMax - otherBytes
            && fields.count <= CausalityLimits.tokensPerEditMax - otherFields
    }

    /// Room for what the journal adds to an imported entry: author, made, a label.
    private static let otherBytes = 1024
    private static let otherFields = 8
}
