import SyncClient
import Between
import Causality
import CBench
import Foundation
import Link
import Membership
import Sealing
import Wire

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

/// A connection on which a device repeatedly asks for news, without a sync loop.
struct OpenConversation {
    private let connection: LinkConnection
    private let replica: JournalReplica

    /// Connects to the server of a home, and authenticates the device.
    init(_ journal: Journal, home: String, to server: ConnectString) async throws {
        replica = try JournalReplica(journal)
        let device = try DeviceKeys(decoding: Array(Data(contentsOf: URL(filePath: home + "/keys"))))
        (connection, _) = try await Self.introduce(device, to: server)
    }

    /// Connects, authenticates the device, and receives its list of spaces.
    static func introduce(
        _ device: DeviceKeys, to server: ConnectString
    ) async throws -> (LinkConnection, spaces: [SpaceID]) {
        guard let endpoint = Endpoint(server.address), let pin = Pin(server.pin) else { throw Self.unexpected }
        let connection = try await LinkClient.connect(to: endpoint, pin: pin, timeout: .seconds(10))
        func next() async throws -> Message? { try await connection.receive()?.message }
        guard let keyHash = connection.peerKeyHash,
            let nonce = Nonce((0..<Nonce.byteCount).map { _ in UInt8.random(in: 0...255) })
        else { throw Self.unexpected }
        try await connection.send(.hello(versions: .ours, nonce: nonce))
        guard case .challenge(_, let theirs) = try await next(),
            let version = VersionRange.ours.greatestCommon(with: .ours)
        else { throw Self.unexpected }
        let statement = SignedStatement.authentication(
            version: version, clientNonce: nonce.bytes, serverNonce: theirs.bytes, device: device.identity.id,
            serverKeyHash: keyHash.bytes)
        guard
            let proof = Authentication(
                signingKey: device.identity.signingKey, agreementKey: device.identity.agreementKey,
                signature: device.signature(of: statement))
        else { throw Self.unexpected }
        try await connection.send(.auth(proof))
        guard case .welcome(let spaces) = try await next() else { throw Self.unexpected }
        return (connection, spaces)
    }

    /// Compares logs, then clocks.
    func compare() async throws {
        guard case .logEnd(let end) = try await replica.answer(.logEnd) else { throw Self.unexpected }
        try await connection.send(.log(replica.space, end))
        guard case .log(_, let theirs) = try await next(),
            case .relation(.equal) = try await replica.answer(.relation(theirs)),
            case .frontier(let ours) = try await replica.answer(.frontier)
        else { throw Self.unexpected }
        try await connection.send(.open(replica.space, clock: ours))
        guard case .opened(_, let clock, _, _) = try await next(),
            case .compared = try await replica.answer(.compare(clock)), clock == ours
        else { throw Self.unexpected }
    }

    func end() async { await connection.close(after: .bye) }

    private func next() async throws -> Message? { try await connection.receive()?.message }

    private static let unexpected = BenchError(description: "The server answered other than it was to.")
}
