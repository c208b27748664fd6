import Causality
import Membership
import SyncServer
import TestSupport
import Testing
import Wire

/// The contract of every engine: boxes, and forgotten entries.
@Suite struct StoreBoxTests {
    func stub(_ batch: Batch) -> Batch {
        var batch = batch
        for index in batch.edits.indices { batch.edits[index].box = nil }
        return batch
    }

    @Test(arguments: StoreKind.allCases)
    func boxesThatAreMissingAreAskedForAndBrought(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let space = author.space
        let batch = try author.write(.set(1, [1]), .set(2, [1]), .set(1, [1]), .forget(3))
        #expect(try await fixture.ask(.missingBoxes(space, besides: []), author) == .missingBoxes([]))
        #expect(try await fixture.take(stub(batch), author) == .took(batch))
        let dots = batch.dotted.prefix(3).map(\.dot)
        #expect(try await fixture.ask(.missingBoxes(space, besides: []), author) == .missingBoxes(dots))
        #expect(
            try await fixture.ask(.missingBoxes(space, besides: [dots[0]]), author)
                == .missingBoxes([dots[1], dots[2]]))
        #expect(
            try await fixture.ask(.boxes(space, dots, room: 1 << 20), author) == .boxes(dots.map { FoundBox($0, nil) }))
        #expect(try await fixture.ask(.supply(space, dots[0], [1, 2, 3]), author) == .done)
        #expect(try await fixture.ask(.supply(space, Dot(author.replica, 99), [1, 2, 3]), author) == .done)
        #expect(try await fixture.ask(.missingBoxes(space, besides: []), author) == .missingBoxes(dots), "not its box")
        let box = try #require(batch.edits[0].box)
        #expect(try await fixture.ask(.supply(space, dots[0], box), author) == .done)
        #expect(try await fixture.ask(.supply(space, dots[0], box), author) == .done)
        #expect(try await fixture.ask(.missingBoxes(space, besides: []), author) == .missingBoxes([dots[1], dots[2]]))
        try await fixture.restart()
        #expect(try await fixture.take(batch, author) == .took(batch, isNew: false))
        #expect(try await fixture.ask(.missingBoxes(space, besides: []), author) == .missingBoxes([]))
        #expect(
            try await fixture.batches(author).map { $0.edits.map { $0.box != nil } } == [[false, true, true, false]])
    }

    @Test(arguments: StoreKind.allCases)
    func asManyBoxesComeAsFit(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let batch = try author.write((0..<3).map { .set($0, [1]) })
        _ = try await fixture.take(batch, author)
        let boxes = batch.dotted.map { FoundBox($0.dot, $0.edit.box) }
        let lengths = boxes.map { MessageWriter.length(of: .box(author.space, $0.dot, $0.bytes)) }
        for count in 0...3 {
            let room = lengths.prefix(count).reduce(0, +)
            #expect(
                try await fixture.ask(.boxes(author.space, boxes.map(\.dot), room: room), author)
                    == .boxes(Array(boxes.prefix(count))))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func onlySoManyBoxesAreMissingAtOnce(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        var dots: [Dot] = []
        for start in [0, 400] {
            let batch = try author.write((start..<start + 400).map { .set($0, [1]) })
            _ = try await fixture.take(stub(batch), author)
            dots += batch.dotted.map(\.dot)
        }
        let first = Array(dots.prefix(WireLimits.fetchDotsMax))
        #expect(try await fixture.ask(.missingBoxes(author.space, besides: []), author) == .missingBoxes(first))
        #expect(
            try await fixture.ask(.missingBoxes(author.space, besides: Set(first)), author)
                == .missingBoxes(Array(dots.dropFirst(first.count))))
    }

    @Test(arguments: StoreKind.allCases)
    func whatIsForgottenStaysForgotten(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let first = try author.write(.set(1, [1]), .set(2, [1]))
        _ = try await fixture.take(first, author)
        let forget = try author.write(.forget(1))
        #expect(try await fixture.take(forget, author) == .took(forget))
        let late = try other.write(.set(1, [7]))
        #expect(try await fixture.take(late, other) == .took(late))
        var expected = [first, forget, late]
        expected[0].edits[0].box = nil
        expected[2].edits[0].box = nil
        #expect(try await fixture.batches(author) == expected)
        #expect(try await fixture.ask(.missingBoxes(author.space, besides: []), author) == .missingBoxes([]))
        let (dot, edit) = first.dotted[0]
        _ = try await fixture.ask(.supply(author.space, dot, try #require(edit.box)), author)
        _ = try await fixture.take(first, author)
        try await fixture.restart()
        #expect(try await fixture.batches(author) == expected)
        #expect(
            try await fixture.ask(.boxes(author.space, [dot], room: 1 << 20), author) == .boxes([FoundBox(dot, nil)]))
    }

    @Test(arguments: StoreKind.allCases)
    func onlyTheAuthorAndAnOwnerMayForget(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let owner = try await fixture.founder()
        let member = try await fixture.companion(of: owner, role: .member)
        let (theirs, mine) = (try owner.name(1), try member.name(1))
        // The order of its edits' arrival does not matter.
        let first = try owner.write(.begin(theirs), .begin(mine), .set(1, [1]))
        _ = try await fixture.take(first, owner)
        try member.take([first])
        for overreach: [StoreEdit] in [
            [.set(5, [1]), .forget(1)], [.set(1, [1]), .forget(1)], [.set(6, [1]), .forget(6)],
            [.set(1, [1]), .show(.number(1), mine.proof)], [.begin(theirs), .show(theirs.id, theirs.proof)],
            [.begin(mine), .show(mine.id, nil)], [.begin(mine), .show(mine.id, try owner.name(2).proof)],
        ] {
            #expect(try await fixture.take(member.next(overreach), member) == .refused(.rights, Dot(member.replica, 2)))
        }
        #expect(try await fixture.take(member.next([.forget(99)]), member) == .refused(.rights, Dot(member.replica, 1)))
        let own = try member.write(.begin(mine), .set(3, [1]))
        #expect(try await fixture.take(own, member) == .took(own))
        let forget = try member.write(.show(mine.id, mine.proof))
        #expect(try await fixture.take(forget, member) == .took(forget))
        try owner.take([own, forget])
        let owners = try owner.write(.forget(3))
        #expect(try await fixture.take(owners, owner) == .took(owners))
        try await fixture.restart()
        let batches = try await fixture.batches(owner)
        #expect(
            batches.flatMap(\.edits).map { $0.box != nil } == [true, false, true, false, false, false, false])
        #expect(
            batches.map { $0.tip(Hash256.sha256) }
                == [first, own, forget, owners].map { $0.tip(Hash256.sha256) })
    }

    @Test(arguments: StoreKind.allCases)
    func feedsAreComparedByTheirHashes(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let space = author.space
        let batches = try [1, 3, 2].map { count in try author.write((0..<count).map { .set($0, [1]) }) }
        for batch in batches { _ = try await fixture.take(batch, author) }
        let ends = batches.map { $0.tip(Hash256.sha256) }
        let replica = author.replica
        #expect(
            try await fixture.ask(.tips(space, replica, [0, 1, 2, 3, 4, 5, 6, 7]), author) == .tips(ends))
        #expect(try await fixture.ask(.tips(space, ReplicaID(bits: 1), [1]), author) == .tips([]))
        let frontier = try await fixture.frontier(author)
        func forked(_ rows: Tip...) async throws -> [ReplicaID] {
            let theirs = try #require(Frontier(ascending: rows.sorted { $0.dot < $1.dot }))
            let answer = try await fixture.ask(.compare(space, theirs), author)
            guard case .compared(frontier, let forked, _) = answer else { throw StoreRequirement() }
            return forked
        }
        for end in ends { #expect(try await forked(end) == []) }
        #expect(try await forked(Tip(Dot(replica, 7), testHash([1]))) == [], "longer than here")
        #expect(try await forked(Tip(Dot(ReplicaID(bits: 1), 7), testHash([1]))) == [])
        #expect(try await forked(Tip(Dot(replica, 6), testHash([1]))) == [replica])
        #expect(try await forked(Tip(Dot(replica, 1), testHash([1]))) == [replica])
        #expect(try await forked(Tip(Dot(replica, 3), ends[1].hash)) == [replica], "within a batch")
    }
}
