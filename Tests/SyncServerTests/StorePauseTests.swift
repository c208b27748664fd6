import Causality
import Membership
import SyncServer
import TestSupport
import Testing
import Wire

/// A device that goes on writing while another removes it.
@Suite struct StorePauseTests {
    /// Three devices of one person, one of them stolen.
    private struct StolenDevice {
        let fixture: StoreFixture
        let author: StoreAuthor
        let thief: StoreAuthor
        let third: StoreAuthor

        init(_ kind: StoreKind, limits: StoreLimits = StoreLimits()) async throws {
            fixture = try StoreFixture(kind, limits: limits)
            author = try await fixture.founder()
            thief = try await fixture.companion(of: author)
            third = try await fixture.companion(of: author, 3)
            (thief.log, third.log) = (author.log, author.log)
        }

        func hold() async throws -> Frontier {
            guard case .holding(let clock) = try await fixture.ask(.hold(author.space), author) else {
                throw StoreRequirement()
            }
            return clock
        }

        func write(_ writer: StoreAuthor) async throws -> ServerAnswer {
            try await fixture.take(writer.write(.set(1, [1])), writer)
        }

        /// The removal of the stolen device, with its edits after the clock was asked for.
        func removal(meanwhile: () async throws -> Void = {}) async throws -> ServerAnswer {
            let cut = try await hold()
            try await meanwhile()
            return try await fixture.append(author.removing(thief.id, cut: cut), author, cut: cut)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whatOthersWriteMeanwhileStandsAndSoDoesTheRecord(_ kind: StoreKind) async throws {
        let stolen = try await StolenDevice(kind)
        _ = try await stolen.write(stolen.thief)
        var batch: Batch?
        let answer = try await stolen.removal {
            let written = try stolen.third.write(.set(2, [1]))
            #expect(try await stolen.fixture.take(written, stolen.third) == .took(written))
            batch = written
        }
        guard case .appended(_, isNew: true) = answer else { throw StoreRequirement() }
        #expect(try await stolen.fixture.batches(stolen.author).count == 2)
        #expect(try await stolen.fixture.batches(stolen.author).last == batch)
        #expect(try await stolen.write(stolen.thief) == .refused(.removed))
    }

    @Test(arguments: StoreKind.allCases, [true, false])
    func whoWritesOnAndOnIsRemovedAllTheSame(_ kind: StoreKind, isUp: Bool) async throws {
        let stolen = try await StolenDevice(kind)
        try await Defence.$down.withValue(isUp ? [] : [.pausesWhoIsRemoved]) {
            var answers: [ServerAnswer] = []
            for _ in 0..<3 {
                answers.append(try await stolen.removal { _ = try await stolen.write(stolen.thief) })
                if case .appended = answers.last { break }
            }
            #expect(answers.first == .refused(.cut), "nothing is late that is here")
            guard isUp else { return #expect(answers == [.refused(.cut), .refused(.cut), .refused(.cut)]) }
            guard case .appended(_, isNew: true) = answers.last, answers.count == 2 else {
                throw StoreRequirement()
            }
            #expect(try await stolen.write(stolen.thief) == .refused(.removed))
            #expect(try await stolen.fixture.batches(stolen.author).count == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func onlyWhomTheRecordRemovesWaitsAndNotForLong(_ kind: StoreKind) async throws {
        let stolen = try await StolenDevice(kind)
        #expect(try await stolen.removal { _ = try await stolen.write(stolen.thief) } == .refused(.cut))
        let late = try stolen.thief.write(.set(1, [1]))
        #expect(try await stolen.fixture.take(late, stolen.thief) == .postponed)
        #expect(try await stolen.fixture.take(late, stolen.third) == .postponed, "whoever brings it")
        try stolen.third.take(try await stolen.fixture.batches(stolen.third) + [late])
        let after = try stolen.third.write(.set(1, [2]))
        #expect(try await stolen.fixture.take(after, stolen.third) == .postponed, "it saw what waits")
        try stolen.third.beginFeed()
        stolen.third.restore(EditLog(space: stolen.third.space.bytes, Hash256.sha256))
        let own = try stolen.third.write(.set(3, [1]))
        #expect(try await stolen.fixture.take(own, stolen.third) == .took(own))
        stolen.fixture.clock.advance(by: .milliseconds(SpaceService.pauseMillis - 1))
        #expect(try await stolen.fixture.take(late, stolen.thief) == .postponed)
        stolen.fixture.clock.advance(by: .milliseconds(1))
        #expect(try await stolen.fixture.take(late, stolen.thief) == .took(late), "it ends by itself")
        #expect(try await stolen.fixture.take(after, stolen.third) == .took(after))
    }

    @Test(arguments: StoreKind.allCases)
    func aPauseEndsWithTheProcess(_ kind: StoreKind) async throws {
        let stolen = try await StolenDevice(kind)
        #expect(try await stolen.removal { _ = try await stolen.write(stolen.thief) } == .refused(.cut))
        try await stolen.fixture.restart()
        let batch = try stolen.thief.write(.set(1, [1]))
        #expect(try await stolen.fixture.take(batch, stolen.thief) == .took(batch))
    }

    /// A record with another cut than the given clock pauses nobody; nor does a record that removes nobody.
    @Test(arguments: StoreKind.allCases)
    func noOtherRecordPausesAnybody(_ kind: StoreKind) async throws {
        let stolen = try await StolenDevice(kind)
        let (fixture, author, third) = (stolen.fixture, stolen.author, stolen.third)
        _ = try await stolen.write(third)
        let cut = try await stolen.hold()
        #expect(
            try await fixture.append(author.removing(third.id, cut: Frontier()), author, cut: cut) == .refused(.cut))
        #expect(try await fixture.append(author.removing(third.id, cut: Frontier()), author) == .refused(.cut))
        #expect(try await stolen.write(third) != .postponed)
        let rotation = try author.rotating(cut: cut)
        let log = try author.log.with(rotation)
        let end = try #require(LogEnd(count: log.records.count, head: log.head))
        #expect(try await fixture.append(rotation, author, cut: cut) == .appended(end, isNew: true))
        #expect(try await stolen.write(third) != .postponed)
    }

    /// Pauses cannot hold others up for a day: each counts as a record of the space. Whoever uses them up can still be
    /// paused by others.
    @Test(arguments: StoreKind.engines) func aRecordThatPausesCountsAsOne(_ kind: StoreKind) async throws {
        var limits = StoreLimits()
        limits.recordsPerDayMax = 5
        let stolen = try await StolenDevice(kind, limits: limits)
        let (thief, third) = (stolen.thief, stolen.third)
        func removal(of gone: StoreAuthor, by author: StoreAuthor) async throws -> ServerAnswer {
            guard case .holding(let cut) = try await stolen.fixture.ask(.hold(author.space), author) else {
                throw StoreRequirement()
            }
            try await write(gone)
            return try await stolen.fixture.append(author.removing(gone.id, cut: cut), author, cut: cut)
        }
        @discardableResult func write(_ writer: StoreAuthor) async throws -> ServerAnswer {
            let batch = writer.next([.set(1, [1])])
            let answer = try await stolen.fixture.take(batch, writer)
            if case .took = answer { try writer.take([batch]) }
            return answer
        }
        for _ in 0..<2 + limits.pausesReservedPerDevice {
            #expect(try await removal(of: third, by: thief) == .refused(.cut))
            #expect(try await write(third) == .postponed)
            stolen.fixture.clock.advance(by: .milliseconds(SpaceService.pauseMillis))
        }
        #expect(try await removal(of: third, by: thief) == .refused(.full))
        #expect(try await write(third) != .postponed)
        #expect(try await removal(of: thief, by: stolen.author) == .refused(.cut))
        guard case .appended(_, isNew: true) = try await removal(of: thief, by: stolen.author) else {
            throw StoreRequirement()
        }
        #expect(try await write(thief) == .refused(.removed))
    }
}
