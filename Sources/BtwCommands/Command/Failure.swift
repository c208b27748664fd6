package import CanonicalJSON

/// The error of a command: exit code, stable code, message, and the next step.
///
/// The message says what happened and what is safe; `next` is what to type. Neither contains the user's text, so both
/// may be logged. The names of fields and options count as syntax, and are repeated only if they look like names.
package struct Failure: Error, Hashable, Sendable {
    /// The exit codes of all commands; 0 is success.
    package enum Exit: Int32, Hashable, Sendable, CaseIterable {
        /// Nothing found, no such id, forgotten.
        case notFound = 1
        /// Invalid options or values, text that is not UTF-8, a file of another format.
        case usage = 2
        /// A decision of the user is needed.
        case undecided = 3
        /// Something cannot be read or written.
        case unusable = 4
        /// The other side refused.
        case refused = 5
        /// The server withholds something, or claims something without proof; local changes are safe and visible.
        case misbehaving = 6

        /// For the manual, one line each.
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
    /// A stable identifier for scripts; it never changes.
    package let code: String
    package let message: String
    /// The command to type next.
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

    /// The form for people: two lines, without a final newline.
    package var text: String { "btw: \(message)\nNext: \(next)" }
}
