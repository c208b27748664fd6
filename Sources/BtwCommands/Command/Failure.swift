import Between
package import CanonicalJSON
package import Records

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

// MARK: - Common

extension Failure {
    static let nothingWritten = "Nothing was written."
    static let nothingChanged = "Nothing was changed."

    /// Invalid arguments of a command.
    package static func usage(_ what: String, of command: any Command.Type) -> Failure {
        usage(what, next: "btw \(command.description.name) --help")
    }

    package static func usage(_ what: String, next: String) -> Failure {
        Failure(.usage, code: "usage", "\(what) \(nothingWritten)", next: next)
    }

    /// Bytes that are not UTF-8: `what` names them, for example "An argument".
    package static func notUTF8(_ what: String, next: String) -> Failure {
        Failure(.usage, code: "not_utf8", "\(what) is not UTF-8. \(nothingWritten)", next: next)
    }

    /// Neither `--home` nor the environment gives the location of the journal.
    package static let noHome = Failure(
        .usage, code: "no_home", "No folder for the journal is known, since HOME is not set. \(nothingWritten)",
        next: "btw --home DIR status")

    /// The journal is complete, but the server misbehaves.
    static func alarms(_ server: String) -> Failure {
        Failure(
            .misbehaving, code: "held_back",
            "What is here is whole, safe and in view. What \(server) did was said above.",
            next: SyncText.help(server))
    }

    /// Changes of this device are missing here.
    static func missingChanges(_ count: Int, server: String?) -> Failure {
        let others = "put journal.db and journal.db-wal back, both from one copy. To go on without: btw doctor --yes"
        return Failure(
            .unusable, code: "missing", "\(HomeNotice.missing(count)) What is here is whole.",
            next: server == nil ? others : "btw sync, which brings back what was sent; or \(others)")
    }

    /// The home contains keys without their journal.
    static func keysAlone(_ home: String) -> Failure {
        Failure(
            .unusable, code: "missing", "\(HomeNotice.keysAlone(home)) \(nothingWritten)",
            next: "put journal.db back, with journal.db-wal; or go on with the join: btw join STRING")
    }

    /// No entry has an id with this prefix.
    package static let noSuchEntry = Failure(
        .notFound, code: "not_found", "No entry here has this id. \(nothingChanged)", next: "btw list")

    /// The entry was forgotten.
    package static let forgotten = Failure(
        .notFound, code: "forgotten",
        "forgotten: this entry was removed for ever, on every device. All other entries are as they were.",
        next: "btw list")

    /// Several entries have ids with this prefix; the candidates are printed beside it.
    package static let ambiguousID = Failure(
        .undecided, code: "ambiguous", "More than one entry has an id that begins so. \(nothingChanged)",
        next: "the same again, with more characters of the id")

    /// No device of the journal has an id with this prefix.
    package static let noSuchDevice = Failure(
        .notFound, code: "not_found", "No device of this journal has this id. \(nothingChanged)", next: "btw device")

    /// Several devices have ids with this prefix; the candidates are printed beside it.
    package static let ambiguousDevice = Failure(
        .undecided, code: "ambiguous", "More than one device has an id that begins so. \(nothingChanged)",
        next: "the same again, with more characters of the id")

    /// A question without a terminal to ask it on; `option` answers it.
    package static func needsAnswer(_ question: String, option: String) -> Failure {
        Failure(
            .undecided, code: "needs_answer", "\(question) There is no terminal to ask on. \(nothingChanged)",
            next: "the same again with \(option)")
    }

    /// The person answered no.
    package static let answeredNo = Failure(
        .undecided, code: "answered_no", "Stopped, as you said. \(nothingChanged)", next: "btw list")
}

// MARK: - Journal

extension Failure {
    /// Any error, as a command reports it.
    static func translated(_ error: any Error) -> Failure {
        switch error {
        case let failure as Failure: return failure
        case let error as JournalError:
            if error.code == .forgotten { return .forgotten }
            if error.code == .notFound { return .noSuchEntry }
            return Failure(exit(of: error.code), code: error.code.rawValue, error.message, next: error.next)
        case is CancellationError:
            return Failure(.undecided, code: "stopped", "Stopped. \(nothingChanged)", next: "btw list")
        default:
            return Failure(
                .unusable, code: "internal",
                "Something went wrong that btw has no words for (\(type(of: error))). "
                    + "What was written before is safe.", next: "btw doctor")
        }
    }

    private static func exit(of code: JournalError.Code) -> Exit {
        switch code {
        case .notFound, .forgotten, .sealed, .nothingToUndo: .notFound
        case .badValue, .tooLarge, .mistyped, .notYours: .usage
        case .refused: .refused
        case .heldBack, .wrongSpace, .unboundKey: .misbehaving
        case .declined, .hasEntries, .incomplete: .undecided
        default: .unusable
        }
    }
}

// MARK: - Importing

extension Failure {
    /// A file that is not of the given format.
    package static func importRefused(_ problem: ImportProblem, format: ImportCommand.Format) -> Failure {
        let line = problem.line.map { "line \($0)" }
        let place =
            switch (problem.number, line) {
            case (let number?, _) where format == .jsonl: "Line \(number) of the file"
            case (let number?, let line): "Entry \(number) of the file" + (line.map { ", \($0)," } ?? "")
            case (nil, let line?): "The file, \(line),"
            case (nil, nil): "The file"
            }
        return Failure(
            .usage, code: "not_\(format.rawValue)",
            "\(place) \(TerminalEscaping.line(problem.description)). \(nothingWritten) The file is as it was.",
            next: next(problem, format))
    }

    private static func next(_ problem: ImportProblem, _ format: ImportCommand.Format) -> String {
        switch (problem.reason, format) {
        case (.json(.invalidUTF8), _):
            "iconv -f latin1 -t utf-8 FILE >new, if it is Latin-1; then btw import \(format.rawValue) new"
        case (.journalText, _), (.json, .jrnl),
            (.shape, .jrnl) where problem.number == nil:
            "jrnl --format json >journal.json, then btw import jrnl journal.json"
        default: "btw import --help"
        }
    }

    /// Entries over the size limit; each was named, and the others are imported.
    package static func leftOut(_ count: Int, isDryRun: Bool) -> Failure {
        leftOut(
            count == 1
                ? "1 entry of the file is too long to be one here"
                : "\(count) entries of the file are too long to be one here", count, isDryRun,
            next: "jrnl --edit, split or shorten \(count == 1 ? "it" : "each"), then export and btw import jrnl again")
    }

    /// Lines of an export that are not valid entries; each was named, and the others are imported.
    package static func leftOutLines(_ count: Int, isDryRun: Bool) -> Failure {
        leftOut(
            count == 1
                ? "1 line of the file is no entry of btw export --jsonl"
                : "\(count) lines of the file are no entries of btw export --jsonl", count, isDryRun,
            next: "Mend them in a copy of the file, and btw import jsonl it again")
    }

    private static func leftOut(_ what: String, _ count: Int, _ isDryRun: Bool, next: String) -> Failure {
        Failure(
            .undecided, code: "left_out",
            "\(what), and \(count == 1 ? "was" : "were") left out. "
                + "\(isDryRun ? nothingWritten : "All others are in.") The file is as it was.", next: next)
    }
}
