package import CanonicalJSON

/// Why a command did not do what was asked, as every command reports it.
///
/// Its message says what happened and what is safe; `next` is what to type. None of
/// it holds what a person wrote, so it may stand in a log. The names of fields and
/// options count as syntax, and are repeated only where they look like names.
package struct Failure: Error, Hashable, Sendable {
    /// The exit codes of all commands; 0 is no failure.
    package enum Exit: Int32, Hashable, Sendable, CaseIterable {
        /// Nothing found, no such id, forgotten.
        case notFound = 1
        /// Options, values, text that is not UTF-8, a file that is not what it claims.
        case usage = 2
        /// A decision that only the person can make.
        case undecided = 3
        /// Cannot read or write.
        case unusable = 4
        /// Refused by the other side.
        case refused = 5
        /// The server holds something back, or claims something without proof; what is written here is safe and in view.
        case misbehaving = 6

        /// For the manual, a line each.
        package var meaning: String {
            switch self {
            case .notFound: "Nothing found, no such id, or forgotten."
            case .usage:
                "Usage: options, values, text that is not UTF-8, a file that is not what it claims."
            case .undecided:
                "It needs your decision: an ambiguous id, a question without a terminal, answered no."
            case .unusable: "Something cannot be read or written, or no network where it is needed."
            case .refused: "The other side refused."
            case .misbehaving:
                "The server holds something back, or claims something without proof; what is written here is safe."
            }
        }
    }

    package let exit: Exit
    /// A word that scripts compare; it never changes.
    package let code: String
    package let message: String
    /// A line to type.
    package let next: String

    package init(_ exit: Exit, code: String, _ message: String, next: String) {
        self.exit = exit
        self.code = code
        self.message = message
        self.next = next
    }

    /// `{"error":"code","message":…,"next":…}`, for stderr.
    package var json: JSONValue {
        ["error": .text(Text(code)), "message": .text(Text(message)), "next": .text(Text(next))]
    }

    /// The same for people: two lines, without a newline at the end.
    package var text: String { "btw: \(message)\nNext: \(next)" }
}
