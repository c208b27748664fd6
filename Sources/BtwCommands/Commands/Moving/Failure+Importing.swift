import CanonicalJSON
package import Records

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
            "\(place) \(Harmless.line(problem.description)). \(nothingWritten) The file is as it was.",
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
