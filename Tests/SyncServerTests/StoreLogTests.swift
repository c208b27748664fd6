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

    @Test(arguments: StoreEngine.allCases)
    func logsAreComparedByTheirEnds(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try StoreAuthor(seed: 1)
        try await desk.enrol(author)
        let first = author.log
        #expect(try await desk.ask(.log(author.space, end(first)), author) == .log(missingFrom: nil, end: .empty))
        _ = try await desk.append(first.records[0], author)
        _ = try await desk.companion(of: author)
        let space = author.space
        let ours = try end(author.log)
        let ahead = try #require(LogEnd(count: 3, head: testHash([1])))
        let forked = try #require(LogEnd(count: 1, head: testHash([1])))
        #expect(try await desk.ask(.log(space, ours), author) == .log(missingFrom: nil, end: ours))
        #expect(try await desk.ask(.log(space, ahead), author) == .log(missingFrom: nil, end: ours))
        #expect(try await desk.ask(.log(space, .empty), author) == .log(missingFrom: 0, end: ours))
        #expect(try await desk.ask(.log(space, end(first)), author) == .log(missingFrom: 1, end: ours))
        #expect(try await desk.ask(.log(space, forked), author) == .refused(.logFork))
        let records = author.log.records.map(\.brought)
        #expect(try await desk.ask(.records(space, from: 0), author) == .records(records, end: ours))
        #expect(try await desk.ask(.records(space, from: 1), author) == .records([records[1]], end: ours))
        #expect(try await desk.ask(.records(space, from: 9), author) == .records([], end: ours))
    }

    @Test(arguments: StoreEngine.allCases)
    func aRecordIsTakenOnceAndInItsPlace(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        let other = try StoreAuthor(seed: 2, of: author.log)
        let record = try author.adding(other.keys.identity)
        let rival = try author.adding(try StoreAuthor(seed: 3).keys.identity)
        let log = try author.log.with(record)
        #expect(try await desk.append(record, author) == .appended(end(log), isNew: true))
        #expect(try await desk.append(record, author) == .appended(end(log), isNew: false))
        #expect(try await desk.append(author.log.records[0], author) == .appended(end(log), isNew: false))
        #expect(try await desk.append(rival, author) == .refused(.head))
        try await desk.restart()
        #expect(try await desk.append(record, author) == .appended(end(log), isNew: false))
    }

    @Test(arguments: StoreEngine.allCases)
    func whatIsNoRecordOrWithoutRightIsRefused(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        let member = try await desk.companion(of: author, role: .member)
        let space = author.space
        let junk = LinkedRecord(previous: author.log.head, bytes: Array("{}".utf8))
        #expect(try await desk.ask(.append(space, junk, cut: nil), author) == .refused(.record))
        member.log = author.log
        let overreaching = try member.removing(author.id, cut: Frontier())
        #expect(try await desk.append(overreaching, member) == .refused(.record))
        var spoilt = try author.removing(member.id, cut: Frontier()).brought
        spoilt = LinkedRecord(previous: spoilt.previous, bytes: spoilt.bytes.map { $0 == 0x37 ? 0x38 : $0 })
        #expect(try await desk.ask(.append(space, spoilt, cut: nil), author) == .refused(.record))
        #expect(try await desk.frontier(member) == Frontier())
    }

    @Test(arguments: StoreEngine.allCases)
    func aSpaceBeginsWithItsOwnGenesisByAnEnrolledDevice(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let (author, other) = (try StoreAuthor(seed: 1), try StoreAuthor(seed: 2))
        try await desk.enrol(other)
        #expect(
            try await desk.ask(.append(other.space, author.log.records[0].brought, cut: nil), other)
                == .refused(.record))
        let stranger = try StoreAuthor(seed: 3)
        #expect(
            try await desk.ask(.append(author.space, author.log.records[0].brought, cut: nil), stranger)
                == .refused(.space))
        // A refill by another member, who is added by a later record only.
        let record = try author.adding(other.keys.identity)
        let log = try author.log.with(record)
        #expect(
            try await desk.ask(.append(author.space, author.log.records[0].brought, cut: nil), other)
                == .appended(end(author.log), isNew: true))
        #expect(try await desk.ask(.log(author.space, end(log)), other) == .log(missingFrom: nil, end: end(author.log)))
        #expect(
            try await desk.ask(.append(author.space, record.brought, cut: nil), other)
                == .appended(end(log), isNew: true))
    }

    @Test(arguments: StoreEngine.allCases)
    func aCutOfAHeldSpaceIsTheClockHere(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        let other = try await desk.companion(of: author)
        let batch = try author.write(.set(1, [1]))
        _ = try await desk.take(batch, author)
        let now = try await desk.frontier(author)
        let stale = try author.removing(other.id, cut: Frontier())
        #expect(try await desk.append(stale, author, cut: Frontier()) == .refused(.cut))
        #expect(try await desk.append(stale, author, cut: now) == .refused(.cut))
        let record = try author.removing(other.id, cut: now)
        #expect(
            try await desk.append(record, author, cut: now)
                == .appended(end(author.log.with(record)), isNew: true))
        #expect(try await desk.frontier(author) == now)
    }

    @Test(arguments: StoreEngine.allCases)
    func whatAnEndedEpochLeavesOutIsSetAside(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        let other = try await desk.companion(of: author)
        let first = try author.write(.set(1, [1, 2]))
        _ = try await desk.take(first, author)
        let cut = try await desk.frontier(author)
        try other.take([first])
        let late = try other.write(.set(1, [1]), .forget(2))
        _ = try await desk.take(late, other)
        try author.take([late])
        let after = try author.write(.set(1, [2]))
        _ = try await desk.take(after, author)
        #expect(try await desk.batches(author).map { $0.edits[0].box != nil } == [false, true, true])
        let record = try author.removing(other.id, cut: cut)
        _ = try await desk.append(record, author)
        #expect(try await desk.frontier(author) == cut)
        #expect(try await desk.batches(author) == [first], "what was written over is live again")
        #expect(try await desk.take(after, author) == .refused(.late))
        if engine == .sqlite {
            #expect(try await desk.sqlite.status().spaces[0].setAsideCount == 2)
            #expect(try await desk.sqlite.status().spaces[0].editCount == 1)
        }
        author.follow(try author.log.with(record))
        try author.beginLine()
        let again = try author.write(.set(1, [2]), .set(2, [1]))
        #expect(try await desk.take(again, author) == .took(again))
        #expect(try await desk.batches(author).last == again, "nothing is forgotten by what was set aside")
    }

    @Test(arguments: StoreEngine.allCases)
    func aHeldSpaceTakesNothingOfOthers(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        let other = try await desk.companion(of: author)
        let batch = try other.write(.set(1, [1]))
        #expect(try await desk.ask(.hold(author.space), author) == .holding(Frontier()))
        #expect(try await desk.take(batch, other) == .postponed)
        let own = try author.write(.set(2, [1]))
        #expect(try await desk.take(own, author) == .took(own))
        #expect(try await desk.ask(.release(author.space), other) == .done)
        #expect(try await desk.take(batch, other) == .postponed)
        #expect(try await desk.ask(.release(author.space), author) == .done)
        #expect(try await desk.take(batch, other) == .took(batch))
        #expect(try await desk.ask(.hold(author.space), author) == .refused(.busy), "once a minute")
        desk.clock.advance(by: .seconds(60))
        let frontier = try await desk.frontier(author)
        #expect(try await desk.ask(.hold(author.space), author) == .holding(frontier))
        let next = try other.write(.set(3, [1]))
        #expect(try await desk.take(next, other) == .postponed)
        desk.clock.advance(by: .milliseconds(SpaceService.holdMillis))
        #expect(try await desk.take(next, other) == .took(next), "a hold ends by itself")
    }

    @Test(arguments: StoreEngine.allCases)
    func aHoldEndsWithTheRecordAndWithTheProcess(_ engine: StoreEngine) async throws {
        let desk = try StoreDesk(engine)
        let author = try await desk.founder()
        let other = try await desk.companion(of: author)
        let third = try await desk.companion(of: author, 3)
        other.log = author.log
        guard case .holding(let cut) = try await desk.ask(.hold(author.space), author) else {
            throw StoreRequirement()
        }
        let record = try author.removing(third.id, cut: cut)
        #expect(try await desk.append(record, author, cut: cut) != .refused(.cut))
        other.log = try other.log.with(record)
        let batch = try other.write(.set(1, [1]))
        #expect(try await desk.take(batch, other) == .took(batch))
        desk.clock.advance(by: .seconds(60))
        _ = try await desk.ask(.hold(author.space), author)
        try await desk.restart()
        let next = try other.write(.set(2, [1]))
        #expect(try await desk.take(next, other) == .took(next))
    }
}
