import Causality
import GRDB
import SQLiteFile
import Membership
import Wire

/// Membership logs.
extension SQLiteServerStore {
    static func log(
        _ id: SpaceID, _ end: LogEnd, _ device: DeviceID, _ database: Database, _ memory: inout StoreMemory
    ) throws -> ServerAnswer {
        guard !memory.blocked.contains(device) else { throw StoreRefusal(.blocked) }
        guard let log = try memory.space(id, in: database)?.log else { return .log(missingFrom: nil, end: .empty) }
        guard !log.wasRemoved(device) else { throw StoreRefusal(.removed) }
        let isMember = log.isCurrentMember(device)
        switch log.relation(toCount: end.count, head: end.head) {
        case .equal where isMember: return .log(missingFrom: nil, end: log.logEnd)
        // A device that is not known here yet may bring records if the server was restored from an older backup.
        case .ahead where try isMember || isEnrolled(device, database):
            return .log(missingFrom: nil, end: log.logEnd)
        case .behind(let position) where isMember: return .log(missingFrom: position, end: log.logEnd)
        case .forked where isMember: throw StoreRefusal(.logFork)
        case .equal, .behind, .ahead, .forked: throw StoreRefusal(.space)
        }
    }

    /// Appends a record to a log, or begins a space with it.
    ///
    /// A record that would make held batches late is refused with `cut` and quarantined. A record that follows it is
    /// judged together with it, since a raise may come later in the same history.
    ///
    /// The cut of a new record must be the clock that its author asked for. If a device that it removes has written
    /// since, the record is refused too, and that device's batches are paused, so that the next record can include
    /// all of them: otherwise a device could prevent its removal by writing continuously. Batches of others do not
    /// matter, since a cut does not end their feeds.
    ///
    /// - Parameter cut: the clock that this device asked for. Without it, a record that ends an epoch is history that
    ///   is being restored.
    func append(
        _ linked: LinkedRecord, to id: SpaceID, cut: Frontier?, _ device: DeviceID, _ database: Database,
        _ memory: inout StoreMemory
    ) throws -> ServerAnswer {
        guard !memory.blocked.contains(device) else { throw StoreRefusal(.blocked) }
        let before = try memory.space(id, in: database)
        var run: [[UInt8]] = []
        if linked.previous != before?.log.head {
            guard let before else { throw StoreRefusal(.head) }
            if before.log.records.contains(where: { $0.bytes == linked.bytes }) {
                return .appended(before.log.logEnd, isNew: false)
            }
            guard let previous = linked.previous,
                let quarantined = try SpaceTables(database, before).quarantinedRecords(to: previous),
                quarantined.after == before.log.head
            else { throw StoreRefusal(.head) }
            run = quarantined.records
        }
        run.append(linked.bytes)
        var extended = before?.log
        for bytes in run { extended = try Self.extend(extended, with: bytes) }
        guard let log = extended, log.batchVersion == Batch.wireVersion else { throw StoreRefusal(.update) }
        guard log.space == id else { throw StoreRefusal(.record) }
        let position = log.records.count - run.count
        let records = log.records(from: position)
        // A refill may begin with records from before its sender was added.
        let isMember = log.isCurrentMember(device) || before?.log.isCurrentMember(device) ?? false
        guard try isMember || Self.isEnrolled(device, database) else {
            throw StoreRefusal(log.wasRemoved(device) ? .removed : .space)
        }
        let space = StoreMemory.Space(key: try before?.key ?? newSpace(id, by: device, database), log: log)
        let tables = SpaceTables(database, space)
        let endsEpoch = records.contains { $0.beginning != nil }
        if let cut, run.count == 1, let beginning = records.first?.beginning {
            guard beginning.cut == cut else { throw StoreRefusal(.cut) }
            guard try tables.isWithinBounds(log) else {
                guard let record = records.first, Defence.pausesWhoIsRemoved.isUp else { throw StoreRefusal(.cut) }
                try countPause(by: record, tables, space, &memory)
                memory.pause(log.left(since: before?.log), in: id, now: time.monotonic())
                return .refused(.cut, nil)
            }
        } else if endsEpoch, Defence.comparesCuts.isUp, try !tables.isWithinBounds(log) {
            // A quarantined record counts as if it were appended.
            if let record = records.last { try tables.count(record, of: space, limits, at: time.wallMillis()) }
            let known = StoreMemory.Space(key: space.key, log: before?.log ?? log)
            try SpaceTables(database, known).keepQuarantined(linked.bytes, at: time.wallMillis())
            return .refused(.cut, nil)
        }
        for (index, record) in zip(position..., records) {
            if record.departing.isEmpty {
                try tables.count(record, of: space, limits, at: time.wallMillis())
            } else {
                try tables.count(removal: record, of: space, limits, isCutTrue: cut != nil && run.count == 1)
            }
            try tables.insert(record, at: index)
        }
        try tables.forgetQuarantined(records)
        try tables.setMembers(of: log, before: before?.log)
        if endsEpoch, !Defence.comparesCuts.isUp { try tables.quarantineLate(log, at: time.wallMillis()) }
        memory.keep(space)
        return .appended(log.logEnd, isNew: true)
    }

    /// Counts a record that was refused and pauses whom it removes: as one of the day's, or if these are used up as one
    /// of the few that its author has all the same.
    private func countPause(
        by record: MembershipRecord, _ tables: SpaceTables, _ space: StoreMemory.Space, _ memory: inout StoreMemory
    ) throws {
        let millis = time.wallMillis()
        guard try tables.isDayUsedUp(limits, at: millis) else {
            return try tables.count(record, of: space, limits, at: millis)
        }
        let count = memory.countPause(by: record.author, in: space.log.space, onDay: SpaceTables.day(millis))
        guard count <= limits.pausesReservedPerDevice else { throw StoreRefusal(.full) }
    }

    private static func extend(_ log: MembershipLog?, with bytes: [UInt8]) throws -> MembershipLog {
        do throws(MembershipError) {
            let record = try MembershipRecord(parsing: bytes)
            guard var log else { return try MembershipLog(genesis: record) }
            try log.append(record)
            return log
        } catch {
            throw StoreRefusal(error.needsUpdate ? .update : .record)
        }
    }

    private func newSpace(_ id: SpaceID, by device: DeviceID, _ database: Database) throws -> Int64 {
        // Its connection may be older than the record that removed it from its last space.
        guard try Self.isEnrolled(device, database) || Self.isMember(device, database) else {
            throw StoreRefusal(.space)
        }
        let account = try Self.account(of: device, database)
        if let account {
            let row = try database.first("SELECT count(*) FROM space WHERE account = ?", account.value)
            guard let row, row[0] < limits.spacesPerPersonMax else { throw StoreRefusal(.full) }
        }
        try database.run("INSERT INTO space (id, account) VALUES (?, ?)", id.bytes.value, account.value)
        return database.lastInsertedRowID
    }

    /// The account whose quota a device uses: its own if it enrolled, else that of a space that it is a member of.
    private static func account(of device: DeviceID, _ database: Database) throws -> [UInt8]? {
        guard try !isEnrolled(device, database) else { return device.bytes }
        return try database.first(
            """
            SELECT space.account FROM member JOIN space ON space.key = member.space
            WHERE member.device = ? AND member.is_current AND space.account IS NOT NULL ORDER BY space.key LIMIT 1
            """, device.bytes.value)?.bytes(0)
    }

    private static func isMember(_ device: DeviceID, _ database: Database) throws -> Bool {
        try database.first("SELECT 1 FROM member WHERE device = ? AND is_current", device.bytes.value) != nil
    }

    static func isEnrolled(_ device: DeviceID, _ database: Database) throws -> Bool {
        try database.first("SELECT 1 FROM device WHERE id = ? AND signing_key IS NOT NULL", device.bytes.value) != nil
    }
}

extension MembershipLog {
    /// Devices that were members before and are not any more.
    func left(since before: MembershipLog?) -> Set<DeviceID> {
        Set(before?.members.map(\.device.id).filter { !isCurrentMember($0) } ?? [])
    }
}

extension SpaceTables {
    /// Counts a record, and refuses it beyond a quota.
    func count(_ record: MembershipRecord, of space: StoreMemory.Space, _ limits: StoreLimits, at millis: Int) throws {
        try count(edits: 0, bytes: 0, kept: record.bytes.count, within: limits)
        let today = Self.day(millis)
        try database.run(
            """
            UPDATE space SET record_count = CASE WHEN record_day = ? THEN record_count + 1 ELSE 1 END, record_day = ?
            WHERE key = ?
            """, today.value, today.value, key.value)
        let row = try database.first("SELECT record_count FROM space WHERE key = ?", key.value)
        guard let row, row[0] <= limits.recordsPerDayMax, space.recordByteCount <= limits.recordBytesPerSpaceMax else {
            throw StoreRefusal(.full)
        }
    }

    /// Counts a record by which devices go. Whoever has one device shall not stay by using up what there is for
    /// records, or the space's or the person's room: there are no more of these than of devices that came, which were
    /// counted.
    ///
    /// - Parameter isCutTrue: whether the record's cut was compared with the clock. One that is not may be as long as
    ///   its author likes, and has no room of its own.
    func count(
        removal record: MembershipRecord, of space: StoreMemory.Space, _ limits: StoreLimits, isCutTrue: Bool
    ) throws {
        try count(edits: 0, bytes: 0, kept: record.bytes.count)
        let reserve = isCutTrue ? limits.removalBytesPerSpaceMax : 0
        guard space.recordByteCount <= limits.recordBytesPerSpaceMax + reserve else { throw StoreRefusal(.full) }
    }

    /// A day of the server's clock, counted from 1970.
    static func day(_ millis: Int) -> Int { millis / (24 * 3_600_000) }

    func isDayUsedUp(_ limits: StoreLimits, at millis: Int) throws -> Bool {
        let row = try database.first(
            "SELECT 1 FROM space WHERE key = ? AND record_day = ? AND record_count >= ?", key.value,
            Self.day(millis).value, limits.recordsPerDayMax.value)
        return row != nil
    }

    func insert(_ record: MembershipRecord, at position: Int) throws {
        try database.run("INSERT INTO record VALUES (?, ?, ?)", key.value, position.value, record.bytes.value)
    }

    /// Whether no held batch of a removed device is beyond its feed's bound.
    func isWithinBounds(_ log: MembershipLog) throws -> Bool {
        guard log.hasDepartures else { return true }
        return try log.owedRaise(of: tips()).ends.isEmpty
    }

    /// Keeps a refused record, so that the administrator can settle the log on it.
    func keepQuarantined(_ record: [UInt8], at millis: Int) throws {
        guard let record = try? MembershipRecord(parsing: record) else { return }
        let count = try database.first("SELECT count(*) FROM aside_record WHERE space = ?", key.value)
        guard (count?[0] ?? 0) < StoreLimits.quarantinedRecordsMax else { return }
        try database.run(
            "INSERT INTO aside_record VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", key.value,
            record.hash.bytes.value, millis.value, record.bytes.value)
    }

    func forgetQuarantined(_ records: some Sequence<MembershipRecord>) throws {
        for record in records {
            try database.run(
                "DELETE FROM aside_record WHERE space = ? AND hash = ?", key.value, record.hash.bytes.value)
        }
    }

    /// The consecutive quarantined records that end with this one, in order, and the head that they follow; `nil` if
    /// there is none.
    func quarantinedRecords(to hash: Hash256) throws -> (records: [[UInt8]], after: Hash256)? {
        var records: [[UInt8]] = []
        var next = hash
        while records.count < StoreLimits.quarantinedRecordsMax {
            let row = try database.first(
                "SELECT bytes FROM aside_record WHERE space = ? AND hash = ?", key.value, next.bytes.value)
            guard let row, let previous = try? MembershipRecord(parsing: row.bytes(0)).previous else { break }
            records.insert(row.bytes(0), at: 0)
            next = previous
        }
        return records.isEmpty ? nil : (records, next)
    }

    /// Updates the current and former members.
    func setMembers(of log: MembershipLog, before: MembershipLog?) throws {
        let former = before.map { Set($0.members.map(\.device.id)) } ?? []
        let current = Set(log.members.map(\.device.id))
        for device in former.symmetricDifference(current) {
            // After a log was cut back, it may not contain the device at all.
            guard current.contains(device) || log.wasRemoved(device) else {
                try database.run("DELETE FROM member WHERE device = ? AND space = ?", device.bytes.value, key.value)
                continue
            }
            try database.run(
                "INSERT INTO member VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET is_current = excluded.is_current",
                device.bytes.value, key.value, current.contains(device).value)
            if !current.contains(device) { try endEnrolment(of: device) }
        }
    }
}

extension SpaceTables {
    /// Ends the enrolment of a device without a space, unless the administrator keeps it.
    private func endEnrolment(of device: DeviceID) throws {
        try database.run(
            """
            UPDATE device SET signing_key = NULL, agreement_key = NULL WHERE id = ? AND NOT is_kept
                AND NOT EXISTS (SELECT 1 FROM member WHERE member.device = device.id AND is_current)
            """, device.bytes.value)
    }
}

extension MembershipLog {
    /// Its length and head in the wire's form.
    var logEnd: LogEnd { LogEnd(count: end.count, head: end.head) ?? .empty }
}

extension MembershipRecord {
    var linked: LinkedRecord { LinkedRecord(previous: previous, bytes: bytes) }
}
