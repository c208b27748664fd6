import Causality
import Membership
import SyncServer
import TestSupport
import Testing
import Wire

/// A device that goes on writing while another removes it.
@Suite struct StorePauseTests {
    /// Three devices of one person, one of them stolen.
    private struct House {
        let desk: StoreDesk
        let author: StoreAuthor
        let thief: StoreAuthor
        let third: StoreAuthor

        init(_ engine: StoreEngine, limits: StoreLimits = StoreLimits()) async throws {
            desk = try StoreDesk(engine, limits: limits)
            author = try await desk.founder()
            thief = try await desk.companion(of: author)
            third = try await desk.companion(of: author, 3)
            (thief.log, third.log) = (author.log, author.log)
        }

        func hold() async throws -> Frontier {
            guard case .holding(let clock) = try await desk.ask(.hold(author.space), author) else {
                throw StoreRequirement()
            }
            return clock
        }

        func write(_ writer: StoreAuthor) async throws -> ServerAnswer {
            try await desk.take(writer.write(.set(1, [1])), writer)
        }

        /// The removal of the stolen device, with its edits after the clock was asked for.
        func removal(meanwhile: () async throws -> Void = {}) async throws -> ServerAnswer {
            let cut = try await hold()
            try await meanwhile()
            return try await desk.append(author.removing(thief.id, cut: cut), author, cut: cut)
        }
    }

    @Test(arguments: StoreEngine.allCases)
    func whatOthersWriteMeanwhileStandsAndSoDoesTheRecord(_ engine: StoreEngine) async throws {
        let house = try await House(engine)
        _ = try await house.write(house.thief)
        var batch: Batch?
        let answer = try await house.removal {
            let written = try house.third.write(.set(2, [1]))
            #expect(try await house.desk.take(written, house.third) == .took(written))
            batch = written
        }
        guard case .appended(_, isNew: true) = answer else { throw StoreRequirement() }
        #expect(try await house.desk.batches(house.author).count == 2)
        #expect(try await house.desk.batches(house.author).last == batch)
        #expect(try await house.write(house.thief) == .refused(.removed))
    }

    @Test(arguments: StoreEngine.allCases, [true, false])
    func whoWritesOnAndOnIsRemovedAllTheSame(_ engine: StoreEngine, isUp: Bool) async throws {
        let house = try await House(engine)
        try await Defence.$down.withValue(isUp ? [] : [.pausesWhoIsRemoved]) {
            var answers: [ServerAnswer] = []
            for _ in 0..<3 {
                answers.append(try await house.removal { _ = try await house.write(house.thief) })
                if case .appended = answers.last { break }
            }
            #expect(answers.first == .refused(.cut), "nothing is late that is here")
            guard isUp else { return #expect(answers == [.refused(.cut), .refused(.cut), .refused(.cut)]) }
            guard case .appended(_, isNew: true) = answers.last, answers.count == 2 else {
                throw StoreRequirement()
            }
            #expect(try await house.write(house.thief) == .refused(.removed))
            #expect(try await house.desk.batches(house.author).count == 1)
        }
    }

    @Test(arguments: StoreEngine.allCases)
    func onlyWhomTheRecordRemovesWaitsAndNotForLong(_ engine: StoreEngine) async throws {
        let house = try await House(engine)
        #expect(try await house.removal { _ = try await house.write(house.thief) } == .refused(.cut))
        let late = try house.thief.write(.set(1, [1]))
        #expect(try await house.desk.take(late, house.thief) == .postponed)
        #expect(try await house.desk.take(late, house.third) == .postponed, "whoever brings it")
        try house.third.take(try await house.desk.batches(house.third) + [late])
        let after = try house.third.write(.set(1, [2]))
        #expect(try await house.desk.take(after, house.third) == .postponed, "it saw what waits")
        try house.third.beginLine()
        house.third.restore(EditLog(space: house.third.space.bytes, Hash256.sha256))
        let own = try house.third.write(.set(3, [1]))
        #expect(try await house.desk.take(own, house.third) == .took(own))
        house.desk.clock.advance(by: .milliseconds(SpaceService.pauseMillis - 1))
        #expect(try await house.desk.take(late, house.thief) == .postponed)
        house.desk.clock.advance(by: .milliseconds(1))
        #expect(try await house.desk.take(late, house.thief) == .took(late), "it ends by itself")
        #expect(try await house.desk.take(after, house.third) == .took(after))
    }

    @Test(arguments: StoreEngine.allCases)
    func aPauseEndsWithTheProcess(_ engine: StoreEngine) async throws {
        let house = try await House(engine)
        #expect(try await house.removal { _ = try await house.write(house.thief) } == .refused(.cut))
        try await house.desk.restart()
        let batch = try house.thief.write(.set(1, [1]))
        #expect(try await house.desk.take(batch, house.thief) == .took(batch))
    }

    /// A record with another cut than the given clock pauses nobody; nor does a record that removes nobody.
    @Test(arguments: StoreEngine.allCases)
    func noOtherRecordPausesAnybody(_ engine: StoreEngine) async throws {
        let house = try await House(engine)
        let (desk, author, third) = (house.desk, house.author, house.third)
        _ = try await house.write(third)
        let cut = try await house.hold()
        #expect(try await desk.append(author.removing(third.id, cut: Frontier()), author, cut: cut) == .refused(.cut))
        #expect(try await desk.append(author.removing(third.id, cut: Frontier()), author) == .refused(.cut))
        #expect(try await house.write(third) != .postponed)
        let rotation = try author.rotating(cut: cut)
        let log = try author.log.with(rotation)
        let end = try #require(LogEnd(count: log.records.count, head: log.head))
        #expect(try await desk.append(rotation, author, cut: cut) == .appended(end, isNew: true))
        #expect(try await house.write(third) != .postponed)
    }

    /// Pauses cannot hold others up for a day: each counts as a record of the space. Whoever uses them up can still be
    /// paused by others.
    @Test func aRecordThatPausesCountsAsOne() async throws {
        var limits = StoreLimits()
        limits.recordsPerDayMax = 5
        let house = try await House(.sqlite, limits: limits)
        let (thief, third) = (house.thief, house.third)
        func removal(of gone: StoreAuthor, by author: StoreAuthor) async throws -> ServerAnswer {
            guard case .holding(let cut) = try await house.desk.ask(.hold(author.space), author) else {
                throw StoreRequirement()
            }
            try await write(gone)
            return try await house.desk.append(author.removing(gone.id, cut: cut), author, cut: cut)
        }
        @discardableResult func write(_ writer: StoreAuthor) async throws -> ServerAnswer {
            let batch = writer.next([.set(1, [1])])
            let answer = try await house.desk.take(batch, writer)
            if case .took = answer { try writer.take([batch]) }
            return answer
        }
        for _ in 0..<2 + limits.pausesReservedPerDevice {
            #expect(try await removal(of: third, by: thief) == .refused(.cut))
            #expect(try await write(third) == .postponed)
            house.desk.clock.advance(by: .milliseconds(SpaceService.pauseMillis))
        }
        #expect(try await removal(of: third, by: thief) == .refused(.full))
        #expect(try await write(third) != .postponed)
        #expect(try await removal(of: thief, by: house.author) == .refused(.cut))
        guard case .appended(_, isNew: true) = try await removal(of: thief, by: house.author) else {
            throw StoreRequirement()
        }
        #expect(try await write(thief) == .refused(.removed))
    }
}
