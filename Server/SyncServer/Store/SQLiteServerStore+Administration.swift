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

    package func status() async throws -> StoreStatus {
        let isReadOnly = file.isReadOnly
        return try await commits.read { database, memory in
            let spaces = try database.all(
                """
                SELECT id, (SELECT count(*) FROM record WHERE space = key), edits, bytes,
                    (SELECT count(*) FROM aside WHERE aside.space = space.key)
                FROM space ORDER BY id
                """
            ).map { row in
                guard let id = SpaceID(row.bytes(0)) else { throw StoreDamage("a space") }
                return StoreStatus.Space(
                    id: id, recordCount: row[1], editCount: row[2], byteCount: row[3], setAsideCount: row[4])
            }
            let enrolled = try database.first("SELECT count(*) FROM device WHERE signing_key IS NOT NULL")
            return StoreStatus(
                spaces: spaces, enrolledCount: enrolled?[0] ?? 0, blockedCount: memory.blocked.count,
                isReadOnly: isReadOnly, isScrubDue: try Self.unscrubbed(database) != nil)
        }
    }

    /// The copy is made under another name, and moved to its own when it is whole and on the disk.
    ///
    /// Reads and writes wait meanwhile: about a second for half a gigabyte.
    package func backup(to path: String) async throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw SQLiteFileError(.cannotOpen, "\(path) is there already. Nothing was copied.", next: "Name another.")
        }
        let draft = path + ".new"
        try? FileManager.default.removeItem(atPath: draft)
        guard FileManager.default.createFile(atPath: draft, contents: nil, attributes: [.posixPermissions: 0o600])
        else {
            throw SQLiteFileError(
                .cannotOpen, "\(draft) cannot be made. Nothing was copied.",
                next: "Name a file in a folder that is there.")
        }
        do {
            try await file.read { source in
                let copy = try DatabaseQueue(path: draft)
                try copy.writeWithoutTransaction { target in
                    try target.execute(sql: "PRAGMA synchronous = FULL")
                    try source.backup(to: target)
                    // Else it could be opened only together with its log.
                    _ = try target.checkpoint(.truncate)
                }
                try copy.close()
            }
            for rest in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: draft + rest) }
            try FileManager.default.moveItem(atPath: draft, toPath: path)
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileHandle(forReadingFrom: folder).synchronize()
        } catch {
            try? FileManager.default.removeItem(atPath: draft)
            throw error
        }
    }

    package func settle(_ id: SpaceID, head: Hash256) async throws -> Bool {
        try await commits.write { [self] database, memory in
            guard let before = try memory.space(id, in: database) else { return false }
            // One that was refused, or that the log held before it was cut back, may be named as well.
            let aside = try SpaceTables(database, before).recordsAside(to: head)
            guard let position = before.log.position(of: head) ?? aside.flatMap({ before.log.position(of: $0.after) })
            else { return false }
            let brought = before.log.position(of: head) == nil ? aside?.records ?? [] : []
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
            try tables.forgetAside(log.records(from: position + 1))
            try tables.setMembers(of: space.log, before: before.log)
            try tables.setAsideUnknown(space.log, at: millis)
            memory.keep(space)
            return true
        }
    }

    package func scrub() async throws -> Bool {
        let count = try await commits.read { database, _ in try Self.unscrubbed(database) }
        guard let count else { return true }
        guard try await file.scrub() else { return false }
        // Unless more was forgotten meanwhile.
        return try await commits.write { database, _ in
            try database.run("DELETE FROM setting WHERE name = 'forgotten' AND value = ?", count.value)
            return try Self.unscrubbed(database) == nil
        }
    }

    package func close() async throws { try await file.close() }

    /// How many entries were forgotten since the file was last scrubbed; `nil` if none.
    private static func unscrubbed(_ database: Database) throws -> Int? {
        try database.first("SELECT value FROM setting WHERE name = 'forgotten'")?[0]
    }
}

extension SpaceTables {
    /// Sets aside what names records that are no longer in the log, and what was written after seeing it.
    func setAsideUnknown(_ log: MembershipLog, at millis: Int) throws {
        let history = try history()
        var tails = log.lateTails(in: history.map(\.batch))
        for held in history where log.position(of: held.head) == nil { tails.insert(held.outline.first) }
        try setAside(
            tails.closed(over: history.map(\.outline), unless: { _ in false }), of: history, .logFork, at: millis)
    }
}
