import CBench
import Foundation

/// Why a measurement failed.
struct BenchError: Error, CustomStringConvertible {
    let description: String
}

/// The comparison with raw SQLite in C.
enum Peer {
    /// The time of writing a journal's rows again.
    struct Rewriting {
        /// The first entries, many per transaction.
        let seconds: Double
        /// The other entries, one per transaction.
        let singles: Samples
        let rows: Int
        /// The memory that the rows take.
        let memoryBytes: Int
        /// The page counts of the journal, and of the new database.
        let journalPages: Int
        let pages: Int
    }

    /// Writes all rows of a journal into a new database.
    ///
    /// - Parameters:
    ///   - journal: its database, which no process has open.
    ///   - path: the path of the new database.
    ///   - bulkCount: how many entries are written `entriesPerTransaction` at once; the others are written one by
    ///     one.
    static func rewrite(
        _ journal: String, to path: String, bulkCount: Int, entriesPerTransaction: Int
    ) throws -> Rewriting {
        try explained { message in
            guard let rows = between_bench_read(journal, message) else { return nil }
            defer { between_bench_free(rows) }
            var pages: Int64 = 0
            var singles = [Int64](repeating: 0, count: max(0, Int(between_bench_entry_count(rows)) - bulkCount))
            let nanos = between_bench_write(
                rows, path, Int64(bulkCount), Int64(entriesPerTransaction), &singles, &pages, message)
            guard nanos >= 0 else { return nil }
            var samples = Samples()
            for single in singles { samples.add(nanos: single) }
            return Rewriting(
                seconds: Double(nanos) / 1_000_000_000, singles: samples, rows: between_bench_row_count(rows),
                memoryBytes: between_bench_byte_count(rows), journalPages: Int(between_bench_pages(rows)),
                pages: Int(pages))
        }
    }

    /// Runs a program without its output, and returns its time in nanoseconds.
    static func run(_ program: String, _ arguments: [String]) throws -> Int64 {
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var status: Int32 = 0
        let nanos: Int64 = try explained { message in
            let nanos = between_bench_run(&words, &status, message)
            return nanos < 0 ? nil : nanos
        }
        guard status == 0 else {
            throw BenchError(
                description: "\(program) \(arguments.joined(separator: " ")) ended with \(status). See what it says.")
        }
        return nanos
    }

    /// Calls a C function that writes its error into a buffer.
    static func explained<T>(_ body: (UnsafeMutablePointer<CChar>) -> T?) throws -> T {
        let size = between_bench_message_size
        let message = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        message.initialize(repeating: 0, count: size)
        defer { message.deallocate() }
        guard let result = body(message) else {
            let text = String(cString: message)
            throw BenchError(description: text.isEmpty ? "There is no memory left." : text)
        }
        return result
    }
}

/// A database for commits of single rows.
final class PeerCommits {
    private let commits: OpaquePointer

    init(_ path: String) throws { commits = try Peer.explained { between_bench_open_commits(path, $0) } }

    deinit { between_bench_close_commits(commits) }

    /// Commits a row, and returns the time in nanoseconds.
    func commit(_ text: String) throws -> Int64 {
        try Peer.explained { message in
            let nanos = between_bench_commit(commits, text, Int32(text.utf8.count), message)
            return nanos < 0 ? nil : nanos
        }
    }
}
