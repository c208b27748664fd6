import CanonicalJSON
import Foundation

// So that the temporary folder goes, too, where a reader of the table has had enough.
signal(SIGPIPE, SIG_IGN)
do {
    let options = try Options(Array(CommandLine.arguments.dropFirst()))
    if options.wantsHelp {
        print(Options.help)
    } else {
        try await Bench.run(options)
    }
} catch {
    FileHandle.standardError.write(Data("btw-bench: \(error)\n".utf8))
    exit(error is Options.Mistake ? 2 : 1)
}
