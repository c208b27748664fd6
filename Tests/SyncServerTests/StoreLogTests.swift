import Causality
import Membership
import Sealing
import SyncServer
import TestSupport
import Testing
import Wire

/// The contract of every engine: membership logs.
@Suite struct StoreLogTests {
    func end(_ log: MembershipLog) throws -> LogEnd {
        try #require(LogEnd(count: log.records.count, head: log.head))
    }

    @Test(arguments: StoreKind.allCases)
    func logsAreComparedByTheirEnds(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try StoreAuthor(seed: 1)
        try await fixture.enrol(author)
        let first = author.log
        #expect(try await fixture.ask(.log(author.space, end(first)), author) == .log(missingFrom: nil, end: .empty))
        _ = try await fixture.append(first.records[0], author)
        _ = try await fixture.companion(of: author)
        let space = author.space
        let ours = try end(author.log)
        let ahead = try #require(LogEnd(count: 3, head: testHash([1])))
        let forked = try #require(LogEnd(count: 1, head: testHash([1])))
        #expect(try await fixture.ask(.log(space, ours), author) == .log(missingFrom: nil, end: ours))
        #expect(try await fixture.ask(.log(space, ahead), author) == .log(missingFrom: nil, end: ours))
        #expect(try await fixture.ask(.log(space, .empty), author) == .log(missingFrom: 0, end: ours))
        #expect(try await fixture.ask(.log(space, end(first)), author) == .log(missingFrom: 1, end: ours))
        #expect(try await fixture.ask(.log(space, forked), author) == .refused(.logFork))
        let records = author.log.records.map(\.brought)
        #expect(try await fixture.ask(.records(space, from: 0), author) == .records(records, end: ours))
        #expect(try await fixture.ask(.records(space, from: 1), author) == .records([records[1]], end: ours))
        #expect(try await fixture.ask(.records(space, from: 9), author) == .records([], end: ours))
    }

    @Test(arguments: StoreKind.allCases)
    func aRecordIsTakenOnceAndInItsPlace(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try StoreAuthor(seed: 2, of: author.log)
        let record = try author.adding(other.keys.identity)
        let rival = try author.adding(try StoreAuthor(seed: 3).keys.identity)
        let log = try author.log.with(record)
        #expect(try await fixture.append(record, author) == .appended(end(log), isNew: true))
        #expect(try await fixture.append(record, author) == .appended(end(log), isNew: false))
        #expect(try await fixture.append(author.log.records[0], author) == .appended(end(log), isNew: false))
        #expect(try await fixture.append(rival, author) == .refused(.head))
        try await fixture.restart()
        #expect(try await fixture.append(record, author) == .appended(end(log), isNew: false))
    }

    @Test(arguments: StoreKind.allCases)
    func whatIsNoRecordOrWithoutRightIsRefused(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let member = try await fixture.companion(of: author, role: .member)
        let space = author.space
        let junk = LinkedRecord(previous: author.log.head, bytes: Array("{}".utf8))
        #expect(try await fixture.ask(.append(space, junk, cut: nil), author) == .refused(.record))
        member.log = author.log
        let overreaching = try member.removing(author.id, cut: Frontier())
        #expect(try await fixture.append(overreaching, member) == .refused(.record))
        var spoilt = try author.removing(member.id, cut: Frontier()).brought
        spoilt = LinkedRecord(previous: spoilt.previous, bytes: spoilt.bytes.map { $0 == 0x37 ? 0x38 : $0 })
        #expect(try await fixture.ask(.append(space, spoilt, cut: nil), author) == .refused(.record))
        #expect(try await fixture.frontier(member) == Frontier())
    }

    @Test(arguments: StoreKind.allCases)
    func aSpaceBeginsWithItsOwnGenesisByAnEnrolledDevice(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let (author, other) = (try StoreAuthor(seed: 1), try StoreAuthor(seed: 2))
        try await fixture.enrol(other)
        #expect(
            try await fixture.ask(.append(other.space, author.log.records[0].brought, cut: nil), other)
                == .refused(.record))
        let stranger = try StoreAuthor(seed: 3)
        #expect(
            try await fixture.ask(.append(author.space, author.log.records[0].brought, cut: nil), stranger)
                == .refused(.space))
        // A refill by another member, whom only a later record adds.
        let record = try author.adding(other.keys.identity)
        let log = try author.log.with(record)
        #expect(
            try await fixture.ask(.append(author.space, author.log.records[0].brought, cut: nil), other)
                == .appended(end(author.log), isNew: true))
        #expect(
            try await fixture.ask(.log(author.space, end(log)), other) == .log(missingFrom: nil, end: end(author.log)))
        #expect(
            try await fixture.ask(.append(author.space, record.brought, cut: nil), other)
                == .appended(end(log), isNew: true))
    }

    @Test(arguments: StoreKind.allCases)
    func aCutOfAHeldSpaceIsTheClockThatWasSaid(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        other.log = author.log
        _ = try await fixture.take(try other.write(.set(1, [1])), other)
        let now = try await fixture.frontier(author)
        let stale = try author.removing(other.id, cut: Frontier())
        #expect(try await fixture.append(stale, author, cut: now) == .refused(.cut), "another than what was said")
        #expect(
            try await fixture.append(stale, author, cut: Frontier()) == .refused(.cut), "it leaves out what is here")
        let record = try author.removing(other.id, cut: now)
        #expect(
            try await fixture.append(record, author, cut: now)
                == .appended(end(author.log.with(record)), isNew: true))
        #expect(try await fixture.frontier(author) == now)
    }

    /// Without a hold, a record by which held batches would be late is refused: one record of a stolen device once
    /// emptied every disk so.
    @Test(arguments: StoreKind.allCases)
    func aRecordTakesNothingFromAServer(_ kind: StoreKind) async throws {
        for isUp in [true, false] {
            let fixture = try StoreFixture(kind)
            let author = try await fixture.founder()
            let other = try await fixture.companion(of: author)
            let thief = try await fixture.companion(of: author, 3)
            other.log = author.log
            let batch = try other.write(.set(1, [1]))
            _ = try await fixture.take(batch, other)
            let now = try await fixture.frontier(author)
            let record = try thief.removing(other.id, cut: Frontier())
            try await Defence.$down.withValue(isUp ? [] : [.comparesCuts]) {
                let answer = try await fixture.append(record, thief)
                let taken = ServerAnswer.appended(try end(author.log.with(record)), isNew: true)
                #expect(answer == (isUp ? .refused(.cut) : taken))
                #expect(try await fixture.frontier(author) == (isUp ? now : Frontier()))
                // New keys bind no current device, and so exclude nothing.
                guard isUp else { return }
                let rotation = try thief.rotating(cut: Frontier())
                #expect(
                    try await fixture.append(rotation, thief) == .appended(end(author.log.with(rotation)), isNew: true))
                #expect(try await fixture.frontier(author) == now)
                author.log = try author.log.with(rotation)
                other.log = author.log
                #expect(try await fixture.take(try other.write(.set(1, [2])), other) != .refused(.late))
            }
        }
    }

    /// A later raise in the same history makes a refused record acceptable; both are judged together.
    @Test(arguments: StoreKind.allCases)
    func aRecordThatWasRefusedIsTakenWithItsRaise(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let batch = try other.write(.set(1, [1]))
        _ = try await fixture.take(batch, other)
        let now = try await fixture.frontier(author)
        let removal = try author.removing(other.id, cut: Frontier())
        author.log = try author.log.with(removal)
        let useless = author.raising(Frontier(one: Tip(Dot(other.replica, 9), testHash([1]))))
        let raise = author.raising(now)
        let before = try await fixture.ask(.log(author.space, .empty), author)
        #expect(try await fixture.append(raise, author) == .refused(.head))
        #expect(try await fixture.append(removal, author) == .refused(.cut))
        #expect(try await fixture.append(removal, author) == .refused(.cut), "said again, as often as it is brought")
        #expect(try await fixture.ask(.log(author.space, .empty), author) == before)
        try await fixture.restart()
        let log = try author.log.with(raise)
        #expect(try await fixture.append(raise, author) == .appended(end(log), isNew: true))
        #expect(try await fixture.frontier(author) == now)
        #expect(try await fixture.append(removal, author) == .appended(end(log), isNew: false))
        #expect(useless != raise)
    }

    /// Batches that are late by a refused record are quarantined when the administrator settles the log, and only
    /// then.
    @Test(arguments: StoreKind.allCases)
    func anAdministratorSettlesWhatWasRefused(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let first = try author.write(.set(1, [1, 2]))
        _ = try await fixture.take(first, author)
        let cut = try await fixture.frontier(author)
        try other.take([first])
        let late = try other.write(.set(1, [1]), .forget(2))
        _ = try await fixture.take(late, other)
        try author.take([late])
        let after = try author.write(.set(1, [2]))
        _ = try await fixture.take(after, author)
        #expect(try await fixture.batches(author).map { $0.edits[0].box != nil } == [false, true, true])
        let record = try author.removing(other.id, cut: cut)
        #expect(try await fixture.append(record, author) == .refused(.cut))
        #expect(try await fixture.batches(author).count == 3)
        try await fixture.settle(author.space, head: record.hash)
        #expect(try await fixture.frontier(author) == cut)
        #expect(try await fixture.batches(author) == [first], "what was written over is live again")
        #expect(try await fixture.take(late, author) == .refused(.late))
        if kind != .model {
            #expect(try await fixture.authority.status().spaces[0].quarantinedCount == 2)
            #expect(try await fixture.authority.status().spaces[0].editCount == 1)
        }
        let log = try author.log.with(record)
        #expect(try await fixture.append(record, author) == .appended(end(log), isNew: false))
        // The device that had seen it raises the bound, and restores it.
        author.log = log
        let raise = author.raising(Frontier(one: late.tip(Hash256.sha256)))
        author.log = try log.with(raise)
        #expect(try await fixture.append(raise, author) == .appended(end(author.log), isNew: true))
        #expect(try await fixture.take(late, author) == .took(late))
        #expect(try await fixture.take(after, author) == .took(after))
        #expect(try await fixture.frontier(author).clock.covers(after.header.lastDot))
    }
}

extension Frontier {
    fileprivate init(one end: Tip) {
        self.init()
        advance(to: end)
    }
}
