/// The command-line options.
struct Options {
    /// A group of measurements, for `--only`.
    enum Part: String, CaseIterable {
        case bulk, durable, open, find, list, process, sync, converse, live, wire, load
    }

    /// An invalid argument.
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    var entryCount = 100_000
    var isJSON = false
    var only: Part?
    /// The command whose processes are timed; by default the one beside this program.
    var btw: String?
    /// The daemon to exchange with; by default the one beside this program.
    var btwd: String?
    var wantsHelp = false

    static let help = """
        usage: btw-bench [--entries N] [--only NAME] [--btw PATH] [--btwd PATH] [--json]

        Prints how fast Between is, beside raw SQLite in C in the same run. It works in a
        temporary folder (TMPDIR) that it removes, and judges nothing: it ends with 0 also
        where a goal is missed.

          --entries N   how many notes the journal holds; 100,000 unless said
          --only NAME   one of \(Part.allCases.map(\.rawValue).joined(separator: ", "))
          --btw PATH    the btw whose processes are timed; the one beside btw-bench unless said
          --btwd PATH   the daemon that is exchanged with, likewise
          --json        one JSON object a line
        """

    init(_ arguments: [String]) throws(Mistake) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            func value() throws(Mistake) -> String {
                guard let value = rest.popFirst() else { throw Mistake(description: "\(argument) needs a value.") }
                return value
            }
            switch argument {
            case "--json": isJSON = true
            case "--help": wantsHelp = true
            case "--btw": btw = try value()
            case "--btwd": btwd = try value()
            case "--entries":
                guard let count = Int(try value()), Self.entryCounts.contains(count) else {
                    throw Mistake(description: "--entries needs a number from 1,000 to 10,000,000.")
                }
                entryCount = count
            case "--only":
                let name = try value()
                guard let part = Part(rawValue: name) else {
                    throw Mistake(description: "There are no figures called \(name). See: btw-bench --help")
                }
                only = part
            default: throw Mistake(description: "There is no option \(argument). See: btw-bench --help")
            }
        }
    }

    /// With fewer entries no word is in one of a hundred.
    private static let entryCounts = 1_000...10_000_000

    func wants(_ part: Part) -> Bool { only == nil || only == part }
}
