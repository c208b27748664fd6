import Between
import Causality
import Foundation
import Records
import Testing

/// The times from writing a note until another device had it on its disk.
struct ServerArrivals {
    private let sorted: [Duration]

    var count: Int { sorted.count }

    /// The given percentile of the times.
    func percentile(_ percent: Int) -> Duration { sorted[max(0, (sorted.count * percent + 99) / 100 - 1)] }

    /// Waits until a device has all the notes that a loop writes, and polls for them every few milliseconds.
    ///
    /// - Parameters:
    ///   - path: the file to which the loop writes each note as `--json` prints it.
    ///   - fixture: the device at which they arrive.
    static func measured(of count: Int, in path: String, at fixture: Fixture) async throws -> ServerArrivals {
        let journal = try await fixture.journal()
        let file = try await opened(path)
        defer { try? file.close() }
        var rest: [UInt8] = []
        var made: [(id: EntryID, at: Timestamp)] = []
        var found: [Duration] = []
        let end = ContinuousClock.now + .seconds(120)
        while found.count < count {
            rest += try file.readToEnd() ?? Data()
            while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let entry = try Printed(String(decoding: rest[..<newline], as: UTF8.self))
                rest.removeFirst(newline + 1)
                let at = try #require(Timestamp(entry["made"] ?? ""))
                let id = try #require(EntryID(entry.id))
                made.append((id, at))
            }
            // They are sent in the order in which they were written.
            while found.count < made.count, try await has(made[found.count].id, journal) {
                let now = Int(Date().timeIntervalSince1970 * 1_000)
                found.append(.milliseconds(now - made[found.count].at.millisSince1970))
            }
            try #require(ContinuousClock.now < end, "\(found.count) of \(made.count) came")
            usleep(1_000)
        }
        try await journal.home.close()
        return ServerArrivals(sorted: found.sorted())
    }

    private static func opened(_ path: String) async throws -> FileHandle {
        let isThere = Waiting.until { FileManager.default.fileExists(atPath: path) }
        try #require(isThere)
        return try #require(FileHandle(forReadingAtPath: path))
    }

    private static func has(_ id: EntryID, _ journal: JournalSpace) async throws -> Bool {
        do {
            _ = try await journal.entry(id)
            return true
        } catch let error as JournalError where error.code == .notFound {
            return false
        }
    }
}
