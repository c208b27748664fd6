import Foundation
import GRDB
import SQLiteFile
import Testing

/// Rows with a checksum of their own, as the store's values have: SQLite pages have none.
private func row(_ id: Int) -> String {
    "\(id)|" + String(repeating: "\(id * 7_919 % 10_007)-", count: 20)
}

@Suite struct BitFlipTests {
    static let rowCount = 200

    /// The result of opening a file with one flipped bit.
    enum Outcome: Hashable {
        case refused(SQLiteFileError.Code)
        case foundByReading, foundByTheCheck, foundByTheSeal, harmless, unnoticed
    }

    /// Whether a row is one of those that were written.
    func isSealed(_ found: Row) -> Bool {
        guard let id = found["id"] as Int64?, (1...Int64(Self.rowCount)).contains(id) else { return false }
        return Data(row(Int(id)).utf8) == found["body"] as Data?
    }

    func outcome(_ home: Home) throws -> Outcome {
        do {
            let file = try home.open()
            defer { try? file.close() }
            let rows = try file.read { try Row.fetchAll($0, sql: "SELECT id, body FROM note ORDER BY id") }
            guard rows.allSatisfy(isSealed) else { return .foundByTheSeal }
            if try !file.check().isSound { return .foundByTheCheck }
            return rows.count == Self.rowCount ? .harmless : .unnoticed
        } catch let error as SQLiteFileError {
            return [.damaged, .notOurs].contains(error.code) ? .foundByReading : .refused(error.code)
        } catch is DatabaseError {
            return .foundByReading
        }
    }

    @Test func aChangedBitNeverCrashesAndIsNeverTakenForData() throws {
        try Home.with { home in
            try home.fill((1...Self.rowCount).map(row))
            let whole = try home.bytes(home.database)
            let offsets =
                Array(0..<120) + Array(4_090..<4_130) + Array(stride(from: 121, to: whole.count, by: 331))
            var outcomes: [Outcome: Int] = [:]
            for (turn, offset) in offsets.enumerated() {
                var bytes = whole
                bytes[offset] ^= UInt8(1) << (turn % 8)
                for rest in [home.log, home.index] { try? FileManager.default.removeItem(atPath: rest) }
                try home.write(bytes, to: home.database)
                let outcome = try outcome(home)
                outcomes[outcome, default: 0] += 1
                #expect(outcome != .unnoticed, "bit \(turn % 8) of byte \(offset)")
                if case .refused(let code) = outcome {
                    #expect([.newerVersion, .migration].contains(code), "bit \(turn % 8) of byte \(offset)")
                }
            }
            print("bit flips:", outcomes)
        }
    }
}
