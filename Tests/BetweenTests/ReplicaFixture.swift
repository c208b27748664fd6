import SyncClient
import Between
import Causality
import Foundation
import Membership
import ReplicaStore
import SQLiteFile
import Sealing
import TestSupport
import Testing
import Wire

/// A device with its own home and replica, driven like by a conversation.
final class ReplicaFixture {
    let home: TestHome
    let keys: DeviceKeys
    private(set) var journal: Journal
    private(set) var replica: JournalReplica

    /// The first device of a space.
    init() async throws {
        home = try TestHome()
        journal = try await home.open()
        keys = try Self.keys(of: home)
        replica = try JournalReplica(journal)
    }

    /// An existing home.
    init(_ home: TestHome, _ keys: DeviceKeys) async throws {
        self.home = home
        self.keys = keys
        journal = try await home.open()
        replica = try JournalReplica(journal)
    }

    /// A device that another one has added.
    convenience init(invitedBy other: ReplicaFixture, person: PersonID? = nil, role: Role = .owner) async throws {
        let keys = randomKeys()
        try await other.add(keys, person: person, role: role)
        let home = try TestHome()
        try await Journal.foundJoined(at: home.path, keys: keys, log: other.log(), server: "")
        try await self.init(home, keys)
    }

    struct Unexpected: Error {}

    private static func keys(of home: TestHome) throws -> DeviceKeys {
        try DeviceKeys(decoding: Array(Data(contentsOf: URL(filePath: home.path + "/keys"))))
    }

    func reopen() async throws {
        try await journal.close()
        journal = try await home.open()
        replica = try JournalReplica(journal)
    }

    /// Directs questions to the space that is being downloaded, or to the private one.
    func look(atJoining isJoining: Bool) throws {
        replica = try isJoining ? JournalReplica(joining: journal) : JournalReplica(journal)
    }

    @discardableResult
    func ask(_ question: ReplicaQuestion) async throws -> ReplicaAnswer { try await replica.answer(question) }

    func log() async throws -> MembershipLog {
        guard case .records(let records, _) = try await ask(.records(from: 0)) else { throw Unexpected() }
        return try MembershipLog(parsing: records.map(\.bytes))
    }

    func frontier() async throws -> Frontier {
        guard case .frontier(let frontier) = try await ask(.frontier) else { throw Unexpected() }
        return frontier
    }

    func batches(beyond clock: VectorClock = VectorClock()) async throws -> [Batch] {
        guard
            case .batches(let batches, true) = try await ask(.batches(beyond: clock, without: [], room: .max))
        else { throw Unexpected() }
        return batches
    }

    /// The first batch of a new feed of this device with these edits, signed.
    func feed(_ edits: [Edit], _ log: MembershipLog) throws -> Batch {
        var generator = SystemRandomNumberGenerator()
        let nonce = (0..<ReplicaOrigin.nonceByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        guard let origin = ReplicaOrigin(deviceKey: keys.identity.signingKey, nonce: nonce) else { throw Unexpected() }
        let replica = origin.replica(Hash256.sha256)
        let header = BatchHeader(
            replica: replica, first: 1, count: edits.count,
            previous: FeedState.start(space: log.space.bytes, replica: replica, Hash256.sha256), seen: [],
            head: log.head, epoch: log.epoch, origin: origin)
        let hash = header.feedHash(of: edits.map(\.header), Hash256.sha256)
        return Batch(header, signature: keys.signature(ofBatch: hash), edits: edits)
    }

    func export() async throws -> [String] { try await home.export(journal) }

    /// Ends the epoch, and removes these devices.
    func remove(_ devices: [DeviceID]) async throws -> LinkedRecord {
        let frontier = try await frontier()
        replica.request = devices.isEmpty ? .rotate(from: try await log().epoch) : .remove(devices)
        guard case .record(let record) = try await ask(.makeRecord(cut: frontier)) else { throw Unexpected() }
        return record
    }

    /// The home's database and related files, to be restored later.
    func saved(with names: [String] = ["journal.db", "journal.db-wal", "incarnation"]) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in names { files[name] = try? Data(contentsOf: URL(filePath: home.path + "/" + name)) }
        return files
    }

    /// Restores files in place, so that it cannot be detected by inode or birth time.
    func restore(_ files: [String: Data]) async throws {
        try await journal.close()
        for (name, data) in files {
            let file = try FileHandle(forWritingTo: URL(filePath: home.path + "/" + name))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: data)
            try file.close()
        }
        try? FileManager.default.removeItem(atPath: home.path + "/journal.db-shm")
        journal = try await home.open()
        replica = try JournalReplica(journal)
    }
}

/// A minimal server: a log of records and a log of batches in memory.
struct PlainServer {
    var records: [LinkedRecord] = []
    var edits: EditLog

    init(_ space: SpaceID) { edits = EditLog(space: space.bytes, Hash256.sha256) }

    func log() throws -> MembershipLog { try MembershipLog(parsing: records.map(\.bytes)) }

    /// Appends a record like an honest server without a hold: refuses it if something here would be late.
    ///
    /// - Returns: whether it was appended.
    mutating func offer(_ record: LinkedRecord) throws -> Bool {
        let log = try MembershipLog(parsing: (records + [record]).map(\.bytes))
        let tips = edits.frontier.ends.map { ($0, edits.deviceKey(of: $0.dot.replica)) }
        guard log.owedRaise(of: tips).ends.isEmpty || !Defence.comparesCuts.isUp else { return false }
        try append(record)
        return true
    }

    /// Appends any record, and quarantines batches that are late.
    mutating func append(_ record: LinkedRecord) throws {
        records.append(record)
        let history = edits.batches.map {
            HeldBatch(
                outline: edits.outline(of: $0), epoch: $0.header.epoch, end: $0.tip(Hash256.sha256),
                signingKey: edits.deviceKey(of: $0.header.replica))
        }
        _ = edits.remove(try log().lateSuffixes(in: history))
    }

    /// One exchange, which ends early if `isCut` returns true before a batch.
    mutating func exchange(
        _ fixture: ReplicaFixture, stubs: Bool = false, isCut: () -> Bool = { false }
    ) async throws {
        try await exchangeLogs(fixture)
        try await settleForks(fixture)
        var sent = edits.frontier.clock
        while true {
            let question = ReplicaQuestion.batches(beyond: sent, without: [], room: WireLimits.creditAtFirst)
            guard case .batches(let batches, let isLast) = try await fixture.ask(question) else { throw Broken() }
            for batch in batches {
                guard !isCut() else { return }
                try edits.take(batch)
                sent.advance(to: batch.header.lastDot)
                try await fixture.ask(.serverHolds([batch.tip(Hash256.sha256)]))
            }
            if isLast { break }
        }
        let clock = try await fixture.frontier().clock
        for var batch in edits.batches where !clock.covers(batch.header.lastDot) {
            guard !isCut() else { return }
            for (index, (dot, _)) in batch.dotted.enumerated() where stubs && !edits.liveDots.contains(dot) {
                batch.edits[index].box = nil
            }
            let answer = try await fixture.ask(.take(batch))
            #expect(answer == .took(batch.tip(Hash256.sha256), isNew: true))
        }
        let end = try #require(LogEnd(count: records.count, head: try log().head))
        if try await fixture.ask(.relation(end)) == .owesEpoch {
            guard case .record(let record) = try await fixture.ask(.makeRecord(cut: edits.frontier)) else {
                throw Broken()
            }
            try append(record)
            try await fixture.ask(.extendLog(previous: record.previous, record: record.bytes))
        }
        guard case .missingBoxes(let dots) = try await fixture.ask(.missingBoxes(besides: [])) else { throw Broken() }
        for dot in dots {
            if let box = edits.edit(dot)?.box { try await fixture.ask(.supply(dot, box)) }
        }
    }

    struct Broken: Error {}

    private mutating func exchangeLogs(_ fixture: ReplicaFixture) async throws {
        let end = try #require(LogEnd(count: records.count, head: records.isEmpty ? nil : try log().head))
        switch try await fixture.ask(.relation(end)) {
        case .relation(.equal), .owesEpoch: break
        case .owesRecord(let record):
            try append(record)
            try await fixture.ask(.extendLog(previous: record.previous, record: record.bytes))
        case .relation(.behind(let position)):
            guard case .records(let missing, _) = try await fixture.ask(.records(from: position)) else {
                throw Broken()
            }
            for record in missing { try append(record) }
        case .relation(.ahead):
            guard case .logEnd(let ours) = try await fixture.ask(.logEnd) else { throw Broken() }
            for record in records[ours.count...] {
                guard
                    case .logExtended = try await fixture.ask(
                        .extendLog(previous: record.previous, record: record.bytes))
                else { throw Broken() }
            }
            try await exchangeLogs(fixture)
        default: throw Broken()
        }
    }

    private mutating func settleForks(_ fixture: ReplicaFixture) async throws {
        let ours = try await fixture.frontier()
        guard case .compared(let here, _, _) = try await fixture.ask(.compare(edits.frontier)) else { throw Broken() }
        let there = ours.ends.filter { end in
            let length = edits.feed(end.dot.replica).end.dot.n
            return length >= end.dot.n && edits.holding(end.dot) != .end(end.hash)
        }.map(\.dot.replica)
        let forked = Set(here + there)
        guard !forked.isEmpty else { return }
        var shared = VectorClock()
        var roots: [Dot] = []
        for end in ours.ends {
            let replica = end.dot.replica
            let ends = try await fixture.ask(.tips(replica, 1...end.dot.n))
            guard case .tips(let ends) = ends, ends.last == end else { throw Broken() }
            let common = ends.last { edits.holding($0.dot) == .end($0.hash) }?.dot.n ?? 0
            if common > 0 { shared.advance(to: Dot(replica, common)) }
            if forked.contains(replica) { roots.append(Dot(replica, common + 1)) }
        }
        try await fixture.ask(.rebase(roots: roots, shared: shared, dropping: []))
        guard case .compared([], _, _) = try await fixture.ask(.compare(edits.frontier)) else { throw Broken() }
    }
}
