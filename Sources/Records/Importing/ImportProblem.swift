package import CanonicalJSON
package import Causality

/// Why a file cannot be imported. Nothing of it was; it holds no text of the file.
package struct ImportProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// Not JSON that we read.
        case json(JSONError.Code)
        /// jrnl's own file, and not its export.
        case journalText
        /// JSON, but not of this shape; the words end a sentence about the entry or the file.
        case shape(String)
        /// A field of ours has a value that it cannot have.
        case field(Text, problem: String)
        /// More than one edit can hold.
        case tooLarge
        /// An id that another entry of the file has.
        case repeatedID
    }

    package let reason: Reason
    /// Which entry of the file, or which line, counted from 1; `nil` for the file as a whole.
    package let number: Int?
    /// The line of the file, counted from 1, where that is not ``number``.
    package let line: Int?

    package init(_ reason: Reason, number: Int? = nil, line: Int? = nil) {
        self.reason = reason
        self.number = number
        self.line = line
    }

    /// Whether an entry is one, but for what a field of it says.
    package var isOfOneField: Bool {
        switch reason {
        case .field, .tooLarge: true
        case .json, .journalText, .shape, .repeatedID: false
        }
    }

    /// Words that end a sentence about ``number``, or about the file.
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

    /// Whether these fields fit into one edit, with the rest that its box holds.
    package static func fits(
        _ fields: [FieldName: JSONValue], origin: VectorClock? = nil, imported: ImportName? = nil
    ) -> Bool {
        let content = EditContent(at: Timestamp(millisSince1970: 0), fields: fields, origin: origin, imported: imported)
        return content.bytes.count <= RecordLimits.editBytesMax - otherBytes
            && fields.count <= CausalityLimits.tokensPerEditMax - otherFields
    }

    /// What the journal adds to an imported entry: author, made, a label.
    private static let otherBytes = 1024
    private static let otherFields = 8
}
