import CanonicalJSON
import Foundation

// So that the temporary folder is removed even if the reader of the table closes the pipe.
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
