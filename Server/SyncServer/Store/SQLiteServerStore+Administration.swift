package import Causality
import Foundation
import GRDB
import Membership
import SQLiteFile
import Wire

extension SQLiteServerStore: ServerAdministration {
    package func invite(_ invitation: Invitation) async throws {
        try await commits.write { [self] database, _ in
            try database.run("DELETE FROM invitation WHERE is_used OR until <= ?", time.wallMillis().value)
            try database.run(
                "INSERT INTO invitation (hash, until) VALUES (?, ?) ON CONFLICT DO NOTHING",
                invitation.hash.bytes.value, invitation.untilMillis.value)
        }
    }

    package func block(_ device: DeviceID, _ isBlocked: Bool) async throws {
        try await commits.write { database, memory in
            try database.run(
                """
                INSERT INTO device (id, is_blocked) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET is_blocked = excluded.is_blocked
                """, device.bytes.value, isBlocked.value)
            if isBlocked { memory.blocked.insert(device) } else { memory.blocked.remove(device) }
        }
    }

    package func keep(_ device: DeviceID, _ isKept: Bool) async throws -> Bool {
        try await commits.write { database, _ in
            try database.run(
                "UPDATE device SET is_kept = ? WHERE id = ? AND signing_key IS NOT NULL", isKept.value,
                device.bytes.value)
            return database.changesCount > 0
        }
    }

    package func status() async throws -> StoreStatus {
        let isReadOnly = file.isReadOnly
        return try await commits.read { database, memory in
            let spaces = try database.all(
                """
                SELECT id, (SELECT count(*) FROM record WHERE space = key), edits, bytes, kept,
                    (SELECT count(*) FROM aside WHERE aside.space = space.key),
                    (SELECT coalesce(sum(length(bytes)), 0) FROM aside WHERE aside.space = space.key)
                FROM space ORDER BY id
                """
            ).map { row in
                guard let id = SpaceID(row.bytes(0)) else { throw StoreDamage("a space") }
                return StoreStatus.Space(
                    id: id, recordCount: row[1], editCount: row[2], byteCount: row[3], keptByteCount: row[4],
                    quarantinedCount: row[5], quarantinedByteCount: row[6])
            }
            let enrolled = try database.all("SELECT id FROM device WHERE signing_key IS NOT NULL ORDER BY id").map {
                guard let device = DeviceID($0.bytes(0)) else { throw StoreDamage("a device") }
                return device
            }
            return StoreStatus(
                spaces: spaces, enrolled: enrolled, blockedCount: memory.blocked.count,
                isReadOnly: isReadOnly, isScrubDue: try Self.unscrubbed(database) != nil)
        }
    }

    /// The copy is made under another name, and renamed when it is complete and durable.
    ///
    /// Reads and writes wait meanwhile: about a second for half a gigabyte.
    package func backup(to path: String) async throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw SQLiteFileError(.cannotOpen, "\(path) is there already. Nothing was copied.", next: "Name another.")
        }
        let draft = try Draft(of: path)
        do {
            try await file.read { source in
                let copy = try DatabaseQueue(path: draft.path)
                try copy.writeWithoutTransaction { target in
                    try target.execute(sql: "PRAGMA synchronous = FULL")
                    try source.backup(to: target)
                    // Otherwise it could be opened only together with its write-ahead log.
                    _ = try target.checkpoint(.truncate)
                }
                try copy.close()
            }
            try draft.become(path)
            draft.discard()
        } catch {
            draft.discard()
            throw error
        }
    }

    /// Whether a database is a server's and all its pages are intact; no other process may have it open.
    static func isSound(_ path: String) -> Bool {
        do {
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            return try queue.writeWithoutTransaction { database in
                try Int32.fetchOne(database, sql: "PRAGMA application_id") == ServerSchema.applicationID
                    && String.fetchAll(database, sql: "PRAGMA quick_check(1)") == ["ok"]
            }
        } catch {
            return false
        }
    }

    package func settle(_ id: SpaceID, head: Hash256) async throws -> Bool {
        try await commits.write { [self] database, memory in
            guard let before = try memory.space(id, in: database) else { return false }
            // The head may also be a record that was refused, or that the log contained before it was cut back.
            let quarantined = try SpaceTables(database, before).quarantinedRecords(to: head)
            guard
                let position = before.log.position(of: head)
                    ?? quarantined.flatMap({ before.log.position(of: $0.after) })
            else { return false }
            let brought = before.log.position(of: head) == nil ? quarantined?.records ?? [] : []
            let kept = before.log.records.prefix(position + 1).map(\.bytes)
            guard let log = try? MembershipLog(parsing: kept + brought) else { return false }
            let space = StoreMemory.Space(key: before.key, log: log)
            let tables = SpaceTables(database, space)
            let millis = time.wallMillis()
            for record in before.log.records(from: position + 1) {
                try database.run(
                    "INSERT INTO aside_record VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", space.key.value,
                    record.hash.bytes.value, millis.value, record.bytes.value)
            }
            try database.run("DELETE FROM record WHERE space = ? AND position > ?", space.key.value, position.value)
            for (index, record) in zip((position + 1)..., log.records(from: position + 1)) {
                try tables.insert(record, at: index)
            }
            try tables.forgetQuarantined(log.records(from: position + 1))
            try tables.setMembers(of: space.log, before: before.log)
            try tables.quarantineUnknown(space.log, at: millis)
            memory.keep(space)
            return true
        }
    }

    package func scrub() async throws -> Bool {
        let due = try await commits.read { [limits] database, _ -> (count: Int, isToBeRebuilt: Bool)? in
            guard let count = try Self.unscrubbed(database) else { return nil }
            let length = try database.first("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            let hasMoved = try database.first("SELECT 1 FROM setting WHERE name = 'moved'") != nil
            return (count, hasMoved && length?[0] ?? 0 <= limits.rebuiltLengthMax)
        }
        guard let due else { return true }
        // Every box was overwritten in place, so only the write-ahead log is left. A rebuild needs as much memory as
        // the file has bytes, so only a small file is rebuilt, and only after rows moved.
        guard try await file.scrub(rebuilding: due.isToBeRebuilt) else { return false }
        // Unless more was forgotten meanwhile.
        return try await commits.write { database, _ in
            try database.run("DELETE FROM setting WHERE name = 'forgotten' AND value = ?", due.count.value)
            guard try Self.unscrubbed(database) == nil else { return false }
            if due.isToBeRebuilt { try database.run("DELETE FROM setting WHERE name = 'moved'") }
            return true
        }
    }

    package func close() async throws { try await file.close() }

    /// The number of entries that were forgotten since the last scrub; `nil` if none.
    private static func unscrubbed(_ database: Database) throws -> Int? {
        try database.first("SELECT value FROM setting WHERE name = 'forgotten'")?[0]
    }
}

extension SpaceTables {
    /// Quarantines batches that name records no longer in the log, and all batches whose authors had seen them.
    func quarantineUnknown(_ log: MembershipLog, at millis: Int) throws {
        let history = try history()
        var suffixes = log.lateSuffixes(in: history.map(\.batch))
        for held in history where log.position(of: held.head) == nil { suffixes.insert(held.outline.first) }
        try quarantine(
            suffixes.closed(over: history.map(\.outline), unless: { _ in false }), of: history, .logFork, at: millis)
    }
}
