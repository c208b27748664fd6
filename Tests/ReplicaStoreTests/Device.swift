import CanonicalJSON
import Causality
import Foundation
import Records
import ReplicaStore
import SQLiteFile
import TestSupport

/// A device with one replica of one space, in its own folder.
final class Device {
    static let spaceName = "journal"

    let keys: TestKeys
    let folder: TemporaryFolder
    private(set) var store: Replica

    init(_ number: Int) throws {
        keys = TestKeys(device: number)
        folder = try TemporaryFolder()
        store = try Replica(folder.path + "/db", lockFile: folder.path + "/lock", createIfMissing: true)
        try store.write { _ = try $0.addSpace(id: TestKeys.space, name: Self.spaceName, records: []) }
    }

    func reopen(isKilled: Bool = false) throws {
        // A value that is dropped unclosed is like a killed process.
        if !isKilled { try store.file.close() }
        store = try Self.open(folder)
    }

    /// The replica as a power loss would leave it.
    func copy() throws -> (store: Replica, folder: TemporaryFolder) {
        let copy = try TemporaryFolder()
        // Copied by another process: if this one closed a descriptor of the file, it would lose SQLite's locks.
        let process = Process()
        process.executableURL = URL(filePath: "/bin/cp")
        process.arguments = [folder.path + "/db", folder.path + "/db-wal", copy.path]
        try process.run()
        process.waitUntilExit()
        return (try Self.open(copy), copy)
    }

    private static func open(_ folder: TemporaryFolder) throws -> Replica {
        try Replica(folder.path + "/db", lockFile: folder.path + "/lock", createIfMissing: false)
    }

    @discardableResult
    func write<T>(asNewIncarnation: Bool = false, _ body: (StoreWriter) throws -> T) throws -> T {
        try store.write { transaction in
            let space = try transaction.reader.journal()
            return try transaction.write(to: space, keys.keyring, asNewIncarnation: asNewIncarnation, body)
        }
    }

    /// Writes one group: for each entry its fields, or a forget if there are none.
    @discardableResult
    func write(_ group: (EntryID, [FieldName: JSONValue]?)..., at: Int = 0) throws -> [Dot] {
        try write { writer in
            try writer.append(
                group.map { entry, fields in
                    fields.map { .init(entry, EditContent(at: Timestamp(millisSince1970: at), fields: $0)) }
                        ?? .init(forgetting: entry)
                })
        }
    }

    func closeBatch() throws { try write { try $0.closeBatch() } }

    func frontier() throws -> Frontier { try store.read { try $0.frontier(of: try $0.journal()) } }

    func batches(notCoveredBy clock: VectorClock = VectorClock()) throws -> [Batch] {
        try store.read { reader in
            var batches: [Batch] = []
            try reader.batches(of: try reader.journal(), notCoveredBy: clock) { batches.append($0) }
            return batches
        }
    }

    @discardableResult
    func take(_ batches: Batch...) throws -> [Bool] {
        try write { writer in try batches.map { try writer.take($0).isNew } }
    }

    /// Takes all edits of the other device that this one does not have.
    func pull(_ other: Device) throws {
        try other.closeBatch()
        for batch in try other.batches(notCoveredBy: frontier().clock) { try take(batch) }
    }

    func entry(_ id: EntryID) throws -> Entry? { try store.read { try $0.entry(id) } }

    func json(_ id: EntryID) throws -> String? {
        try entry(id).map { $0.json(space: Text(Self.spaceName)).canonicalText }
    }

    func changes() throws -> [MergeChange] { try store.read { try $0.changes(after: 0) } }

    func search(_ words: String...) throws -> [EntryID] { try search(all: words) }

    func search(all words: [String]) throws -> [EntryID] {
        try store.read { reader in
            var found: [EntryID] = []
            try reader.search(words) { found.append($0.id) }
            return found
        }
    }
}

extension StoreReader {
    /// The only space of a ``Device``.
    func journal() throws -> Space {
        guard let space = try space(named: Device.spaceName) else { throw StoreError.inconsistent("no space") }
        return space
    }
}

extension EntryID {
    static func number(_ number: Int) -> EntryID { EntryID(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: 1) }
}
