import Causality
import Membership
import Sealing
import SyncServer
import TestSupport
import Testing
import Wire

/// Quotas of one person, so that there is room for others.
@Suite struct StoreQuotaTests {
    private func fixture(_ kind: StoreKind, _ change: (inout StoreLimits) -> Void) throws -> StoreFixture {
        var limits = StoreLimits()
        change(&limits)
        return try StoreFixture(kind, limits: limits)
    }

    /// Founds another space with the keys of a device.
    private func found(_ author: StoreAuthor, _ fixture: StoreFixture) async throws -> ServerAnswer {
        let founding = try SpaceKeys.found(
            by: .random(using: &author.generator), device: author.keys, using: &author.generator)
        let log = try MembershipLog(genesis: founding.record)
        return try await fixture.ask(.append(log.space, founding.record.brought, cut: nil), author)
    }

    @Test(arguments: StoreKind.engines)
    func aPersonFoundsSoManySpacesWhicheverDeviceDoes(_ kind: StoreKind) async throws {
        let fixture = try fixture(kind) { $0.spacesPerPersonMax = 3 }
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        guard case .appended = try await found(author, fixture), case .appended = try await found(other, fixture) else {
            throw StoreRequirement()
        }
        for device in [author, other] { #expect(try await found(device, fixture) == .refused(.full)) }
        try await fixture.restart()
        #expect(try await found(author, fixture) == .refused(.full))
        guard case .appended = try await found(try await fixture.founder(9), fixture) else { throw StoreRequirement() }
    }

    @Test(arguments: StoreKind.engines)
    func whatIsQuarantinedAndWhatRecordsTakeCounts(_ kind: StoreKind) async throws {
        let fixture = try fixture(kind) { $0.bytesPerPersonMax = 20_000 }
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let box = [UInt8](repeating: 7, count: 9_000)
        let batch = try other.write(.set(1, [1], box: box))
        _ = try await fixture.take(batch, other)
        let record = try author.removing(other.id, cut: Frontier())
        #expect(try await fixture.append(record, author) == .refused(.cut))
        try await fixture.settle(author.space, head: record.hash)
        let status = try await fixture.authority.status().spaces[0]
        #expect(status.quarantinedCount == 1 && status.byteCount == 0)
        #expect(status.quarantinedByteCount == MessageWriter.bytes(of: .batch(author.space, batch)).count)
        #expect(status.keptByteCount > status.quarantinedByteCount, "records count too")
        author.follow(try author.log.with(record))
        #expect(try await fixture.take(author.next([.set(2, [1], box: box)]), author) == .refused(.full))
        let short = try author.write(.set(2, [1]))
        #expect(try await fixture.take(short, author) == .took(short))
    }

    @Test(arguments: StoreKind.engines)
    func whatOneSpaceTookIsMissingInTheOther(_ kind: StoreKind) async throws {
        let fixture = try fixture(kind) { $0.editsPerPersonMax = 3 }
        let author = try await fixture.founder()
        _ = try await fixture.take(author.write(.set(1, [1]), .set(2, [1])), author)
        let other = try await fixture.companion(of: author)
        #expect(try await fixture.take(other.next([.set(1, [1]), .set(2, [1])]), other) == .refused(.full))
        let last = try other.write(.set(1, [1]))
        #expect(try await fixture.take(last, other) == .took(last))
    }

    @Test(arguments: StoreKind.engines)
    func aSpaceTakesSoManyRecordsADayAndSoManyBytesOfThem(_ kind: StoreKind) async throws {
        let fixture = try fixture(kind) { $0.recordsPerDayMax = 3 }
        let author = try await fixture.founder()
        for seed in 2...3 { _ = try await fixture.companion(of: author, seed) }
        let record = try author.adding(try StoreAuthor(seed: 4, of: author.log).keys.identity)
        #expect(try await fixture.append(record, author) == .refused(.full))
        fixture.clock.advance(by: .seconds(24 * 3_600))
        guard case .appended(_, isNew: true) = try await fixture.append(record, author) else {
            throw StoreRequirement()
        }
        let small = try self.fixture(kind) { $0.recordBytesPerSpaceMax = 2_000 }
        let owner = try await small.founder()
        var refused = 0
        for seed in 2...6 {
            let record = try owner.adding(try StoreAuthor(seed: seed, of: owner.log).keys.identity)
            if try await small.append(record, owner) == .refused(.full) {
                refused += 1
            } else {
                owner.log = try owner.log.with(record)
            }
        }
        #expect((1...4).contains(refused))
    }

    // MARK: Removals

    /// Has a device write records without end, and devices that it brings in for that; how many were taken.
    private func useUp(_ fixture: StoreFixture, _ thief: StoreAuthor, bringing count: Int = 0) async throws -> Int {
        var taken = 0
        func isTaken(_ record: MembershipRecord, by author: StoreAuthor) async throws -> Bool {
            guard case .appended = try await fixture.append(record, author) else { return false }
            thief.log = try thief.log.with(record)
            taken += 1
            return true
        }
        var hands = [thief]
        for seed in 0..<count {
            let other = try StoreAuthor(seed: 100 + seed, of: thief.log)
            guard try await isTaken(thief.adding(other.keys.identity), by: thief) else { break }
            hands.append(other)
        }
        for turn in 0... {
            let hand = hands[turn % hands.count]
            hand.log = thief.log
            guard try await isTaken(hand.rotating(cut: Frontier()), by: hand) else { break }
        }
        // Shorter ones, until nothing at all fits.
        var ends = Frontier()
        ends.advance(to: Tip(Dot(thief.replica, 1), thief.log.epoch))
        while try await isTaken(thief.raising(ends), by: thief) {}
        return taken
    }

    /// The removal of a device as its honest sibling has it stand.
    private func remove(_ gone: StoreAuthor, _ author: StoreAuthor, _ fixture: StoreFixture) async throws
        -> ServerAnswer
    {
        author.log = gone.log
        guard case .holding(let cut) = try await fixture.ask(.hold(author.space), author) else {
            throw StoreRequirement()
        }
        let record = try author.removing(gone.id, cut: cut)
        let answer = try await fixture.append(record, author, cut: cut)
        if case .appended = answer { author.log = try author.log.with(record) }
        return answer
    }

    @Test(arguments: StoreKind.engines, [0, 3])
    func whoUsesUpTheDaysRecordsIsRemovedAllTheSame(_ kind: StoreKind, _ helpers: Int) async throws {
        let fixture = try fixture(kind) { $0.recordsPerDayMax = 12 }
        let author = try await fixture.founder()
        let thief = try await fixture.companion(of: author)
        #expect(try await useUp(fixture, thief, bringing: helpers) == 10)
        #expect(try await fixture.append(thief.adding(StoreAuthor(seed: 7).keys.identity), thief) == .refused(.full))
        guard case .appended(_, isNew: true) = try await remove(thief, author, fixture) else {
            throw StoreRequirement()
        }
        #expect(try await fixture.take(thief.next([.set(1, [1])]), thief) == .refused(.removed))
        for helper in 0..<helpers {
            let other = try StoreAuthor(seed: 100 + helper, of: author.log)
            guard case .appended = try await remove(other, author, fixture) else { throw StoreRequirement() }
        }
        #expect(author.log.members.count == 1)
        #expect(try await fixture.append(author.rotating(cut: Frontier()), author) == .refused(.full))
    }

    /// There are no more removals than devices that came, and these are counted.
    @Test(arguments: StoreKind.engines)
    func removalsAreNoWayAroundTheDaysRecords(_ kind: StoreKind) async throws {
        let fixture = try fixture(kind) { $0.recordsPerDayMax = 12 }
        let author = try await fixture.founder()
        var taken = 1
        for seed in 2...100 {
            let other = try StoreAuthor(seed: seed, of: author.log)
            let adding = try author.adding(other.keys.identity)
            guard case .appended = try await fixture.append(adding, author) else { break }
            other.log = try author.log.with(adding)
            guard case .appended = try await remove(other, author, fixture) else { break }
            taken += 2
        }
        #expect(taken == 1 + 2 * 11)
    }

    @Test(arguments: StoreKind.engines, [true, false])
    func whoUsesUpTheRoomOfRecordsIsRemovedAllTheSame(_ kind: StoreKind, _ hasReserve: Bool) async throws {
        let fixture = try fixture(kind) {
            $0.recordBytesPerSpaceMax = 8_000
            if !hasReserve { $0.removalBytesPerSpaceMax = 0 }
        }
        let author = try await fixture.founder()
        let thief = try await fixture.companion(of: author)
        let third = try await fixture.companion(of: author, 3)
        thief.log = author.log
        #expect(try await useUp(fixture, thief) > 2)
        third.log = thief.log
        // What nobody compared with the clock has no room of its own: it may be as long as its author likes.
        #expect(try await fixture.append(thief.removing(third.id, cut: Frontier()), thief) == .refused(.full))
        guard hasReserve else { return #expect(try await remove(thief, author, fixture) == .refused(.full)) }
        guard case .appended(_, isNew: true) = try await remove(thief, author, fixture) else {
            throw StoreRequirement()
        }
        #expect(!author.log.isCurrentMember(thief.id))
    }

    @Test(arguments: StoreKind.engines)
    func whoFillsTheSpaceIsRemovedAllTheSame(_ kind: StoreKind) async throws {
        let fixture = try fixture(kind) { $0.bytesPerPersonMax = 20_000 }
        let author = try await fixture.founder()
        let thief = try await fixture.companion(of: author)
        let box = [UInt8](repeating: 7, count: 900)
        while case .took = try await fixture.take(thief.next([.set(1, [1], box: box)]), thief) {
            _ = try thief.write(.set(1, [1], box: box))
        }
        _ = try await useUp(fixture, thief)
        guard case .appended(_, isNew: true) = try await remove(thief, author, fixture) else {
            throw StoreRequirement()
        }
        #expect(try await fixture.take(thief.next([.set(1, [1])]), thief) == .refused(.removed))
    }

    // MARK: Feeds

    @Test(arguments: StoreKind.engines)
    func aDeviceHasSoManyFeeds(_ kind: StoreKind) async throws {
        let fixture = try fixture(kind) { $0.feedsPerDeviceMax = 3 }
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        var batches: [Batch] = []
        for _ in 0..<3 {
            batches.append(try author.write(.set(1, [1])))
            #expect(try await fixture.take(batches[batches.count - 1], author) == .took(batches[batches.count - 1]))
            try author.beginFeed()
        }
        let more = author.next([.set(1, [1])])
        #expect(try await fixture.take(more, author) == .refused(.tooManyFeeds))
        try other.take(batches)
        #expect(try await fixture.take(more, other) == .refused(.tooManyFeeds), "whoever brings it")
        let theirs = try other.write(.set(1, [1]))
        #expect(try await fixture.take(theirs, other) == .took(theirs))
        #expect(try await fixture.take(batches[0], author) == .took(batches[0], isNew: false))
    }

    @Test(arguments: StoreKind.engines)
    func whoMakesManyFeedsLeavesSomeToOthers(_ kind: StoreKind) async throws {
        let fixture = try fixture(kind) {
            $0.feedsPerSpaceMax = 12
            $0.feedsReservedPerDevice = 2
        }
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        func made(by device: StoreAuthor) async throws -> Int {
            for count in 0... {
                let batch = device.next([.set(1, [1])])
                guard try await fixture.take(batch, device) == .took(batch) else { return count }
                try device.beginFeed()
            }
            return 0
        }
        #expect(try await made(by: author) == 8)
        #expect(try await made(by: other) == 2)
        #expect(try await fixture.frontier(author).ends.count == 10)
    }

    // MARK: Work

    @Test(arguments: StoreKind.engines, [(2, 4), (16, 1)])
    func anEditLooksAtSoManyVersionsThatOthersMade(_ kind: StoreKind, _ counts: (readMax: Int, live: Int)) async throws
    {
        let fixture = try fixture(kind) { $0.liveRowsReadMax = counts.readMax }
        let author = try await fixture.founder()
        var batches: [Batch] = []
        for _ in 0..<5 {
            try author.beginFeed()
            batches.append(author.next([.set(1, [1])]))
            _ = try await fixture.take(batches[batches.count - 1], author)
        }
        try author.beginFeed()
        try author.take(batches)
        let last = try author.write(.set(1, [1]))
        #expect(try await fixture.take(last, author) == .took(last))
        #expect(try await fixture.batches(author).flatMap(\.edits).count { $0.box != nil } == counts.live)
        let again = try author.write(.set(1, [1]))
        _ = try await fixture.take(again, author)
        let boxes = try await fixture.batches(author).filter { $0.header.replica == author.replica }.flatMap(\.edits)
        #expect(boxes.map { $0.box != nil } == [false, true], "its own are always looked at")
    }

    @Test(arguments: StoreKind.engines)
    func whatADeviceDoesNotHaveItIsNotAskedForAgainSoSoon(_ kind: StoreKind) async throws {
        let fixture = try fixture(kind) { _ in }
        let author = try await fixture.founder()
        for _ in 0..<3 {
            var stubs = try author.write((0..<400).map { .set($0, [1]) })
            for index in stubs.edits.indices { stubs.edits[index].box = nil }
            #expect(try await fixture.take(stubs, author) == .took(stubs))
        }
        func all() async throws -> [Int] {
            var asked: Set<Dot> = []
            var counts: [Int] = []
            while true {
                let answer = try await fixture.ask(.missingBoxes(author.space, besides: asked), author)
                guard case .missingBoxes(let dots) = answer else { throw StoreRequirement() }
                #expect(asked.isDisjoint(with: dots))
                counts.append(dots.count)
                guard !dots.isEmpty else { return counts }
                asked.formUnion(dots)
            }
        }
        #expect(try await all() == [500, 500, 200, 0])
        #expect(try await all() == [0])
        let other = try await fixture.companion(of: author)
        let answer = try await fixture.ask(.missingBoxes(author.space, besides: []), other)
        guard case .missingBoxes(let dots) = answer else { throw StoreRequirement() }
        #expect(dots.count == 500, "another device may have them")
        fixture.clock.advance(by: .seconds(3_600))
        #expect(try await all() == [500, 500, 200, 0])
    }

    // MARK: Membership

    @Test(arguments: StoreKind.allCases)
    func whoIsRemovedFromTheLastSpaceIsNotEnrolled(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try StoreAuthor(seed: 2, of: author.log)
        try await fixture.enrol(other)
        let adding = try author.adding(other.keys.identity)
        _ = try await fixture.append(adding, author)
        author.log = try author.log.with(adding)
        _ = try await fixture.append(author.removing(other.id, cut: Frontier()), author)
        #expect(try await fixture.store.answer(other.proof(), to: nil) == .refused(.removed))
        #expect(try await found(other, fixture) == .refused(.space))
    }

    @Test(arguments: StoreKind.engines)
    func whomTheAdministratorKeepsStaysEnrolled(_ kind: StoreKind) async throws {
        for isKept in [false, true] {
            let fixture = try StoreFixture(kind)
            let author = try await fixture.founder()
            let other = try StoreAuthor(seed: 2, of: author.log)
            try await fixture.enrol(other)
            if isKept { #expect(try await fixture.authority.keep(other.id, true)) }
            let adding = try author.adding(other.keys.identity)
            _ = try await fixture.append(adding, author)
            author.log = try author.log.with(adding)
            #expect(try await fixture.authority.status().enrolled == [author.id, other.id].sorted())
            _ = try await fixture.append(author.removing(other.id, cut: Frontier()), author)
            let expected: ServerAnswer = isKept ? .identified(other.id, spaces: []) : .refused(.removed)
            #expect(try await fixture.store.answer(other.proof(), to: nil) == expected)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whoHoldsKeepsNobodyFromAnything(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let thief = try await fixture.companion(of: author)
        let third = try await fixture.companion(of: author, 3)
        thief.log = author.log
        third.log = author.log
        for _ in 0..<3 { #expect(try await fixture.ask(.hold(author.space), thief) == .holding(Frontier())) }
        #expect(
            try await fixture.ask(.hold(author.space), author) == .holding(Frontier()), "as often as it is asked for")
        let batch = try third.write(.set(1, [1]))
        #expect(try await fixture.take(batch, third) == .took(batch))
        let record = try author.removing(thief.id, cut: Frontier())
        guard case .appended = try await fixture.append(record, author, cut: Frontier()) else {
            throw StoreRequirement()
        }
        #expect(try await fixture.take(thief.next([.set(1, [1])]), thief) == .refused(.removed))
        #expect(try await fixture.batches(author) == [batch])
    }
}
