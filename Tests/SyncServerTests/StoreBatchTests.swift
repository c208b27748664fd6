import Causality
import Membership
import Sealing
import SyncServer
import TestSupport
import Testing
import Wire

/// The contract of every engine: batches.
@Suite struct StoreBatchTests {
    @Test(arguments: StoreKind.allCases)
    func whatWasTakenIsHandedOutInOrderOfArrival(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        var all: [Batch] = []
        for round in 0..<4 {
            let mine = try author.write(.set(round, [1]), .set(round + 100, [1]))
            #expect(try await fixture.take(mine, author) == .took(mine))
            try other.take([mine])
            let theirs = try other.write(.set(round + 1_000, [1, 2]))
            #expect(try await fixture.take(theirs, other) == .took(theirs))
            try author.take([theirs])
            all += [mine, theirs]
        }
        try await fixture.restart()
        #expect(try await fixture.frontier(author) == author.edits.frontier)
        #expect(try await fixture.batches(author) == all)
        for (index, batch) in all.enumerated() {
            let clock = VectorClock(all[...index].map(\.header.lastDot))
            #expect(try await fixture.batches(author, beyond: clock) == Array(all[(index + 1)...]))
            #expect(try await fixture.take(batch, author) == .took(batch, isNew: false))
        }
        // A clock that ends inside a batch does not cover it.
        let within = VectorClock([all[0].header.firstDot])
        #expect(try await fixture.batches(author, beyond: within) == all)
    }

    @Test(arguments: StoreKind.allCases)
    func asManyBatchesComeAsFit(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let batches = try (0..<3).map { try author.write(.set($0, [1])) }
        for batch in batches { _ = try await fixture.take(batch, author) }
        let lengths = batches.map { MessageWriter.length(of: .batch(author.space, $0)) }
        for count in 0...3 {
            let room = lengths.prefix(count).reduce(0, +)
            let answer = try await fixture.ask(.batches(author.space, beyond: VectorClock(), room: room), author)
            #expect(answer == .batches(Array(batches.prefix(count)), isLast: count == 3))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whatWasWrittenOverComesAsAStub(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let first = try author.write(.set(1, [1, 2]), .set(2, [1]))
        let concurrent = try other.write(.set(1, [1]))
        let second = try author.write(.set(1, [1]), .set(2, [1]))
        for batch in [first, second] { _ = try await fixture.take(batch, author) }
        _ = try await fixture.take(concurrent, other)
        func boxes() async throws -> [[Bool]] {
            try await fixture.batches(author).map { $0.edits.map { $0.box != nil } }
        }
        #expect(try await boxes() == [[true, false], [true, true], [true]])
        let third = try author.write(.set(1, [2]))
        _ = try await fixture.take(third, author)
        #expect(try await boxes() == [[false, false], [true, true], [true], [true]])
        // A new device requests the boxes that it needs.
        let dots = first.dotted.map(\.dot)
        #expect(
            try await fixture.ask(.boxes(author.space, dots, room: 1 << 20), author)
                == .boxes(first.dotted.map { FoundBox($0.dot, $0.edit.box) }))
    }

    @Test(arguments: StoreKind.allCases)
    func aBatchOutOfPlaceChangesNothing(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let (first, second) = (try author.write(.set(1, [1])), try author.write(.set(2, [1])))
        #expect(try await fixture.take(second, author) == .refused(.gap))
        let nameless = author.signed(
            BatchHeader(
                replica: first.header.replica, first: 1, count: 1, previous: first.header.previous, seen: [],
                head: first.header.head, epoch: first.header.epoch, origin: nil), first.edits, by: author.keys)
        #expect(try await fixture.take(nameless, author) == .refused(.malformed), "nothing is missing before it")
        try other.take([first])
        let blind = try other.write(.set(3, [1]))
        #expect(try await fixture.take(blind, other) == .refused(.missing))
        _ = try await fixture.take(first, author)
        #expect(try await fixture.take(blind, other) == .took(blind))
        let header = second.header
        let fork = author.signed(
            BatchHeader(
                replica: header.replica, first: 1, count: 1, previous: first.header.previous, seen: [],
                head: header.head, epoch: header.epoch, origin: first.header.origin),
            [StoreEdit.set(9, [9]).edit(at: 1, group: 1)], by: author.keys)
        #expect(try await fixture.take(fork, author) == .refused(.fork))
        #expect(try await fixture.batches(author) == [first, blind])
    }

    @Test(arguments: StoreKind.allCases)
    func forgedAndMisplacedBatchesAreRefused(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let stranger = try StoreAuthor(seed: 9, of: author.log)
        let edits = [StoreEdit.set(1, [1])]
        let good = author.next(edits)
        #expect(
            try await fixture.take(author.next(edits, signer: other.keys), author) == .refused(.signature), "forged")
        var flipped = good.signature
        flipped[0] ^= 1
        #expect(
            try await fixture.take(Batch(good.header, signature: flipped, edits: good.edits), author)
                == .refused(.signature))
        #expect(
            try await fixture.take(Batch(good.header, signature: [], edits: good.edits), author) == .refused(.signature)
        )
        #expect(try await fixture.take(author.next(edits, head: testHash([1])), author) == .refused(.log))
        #expect(
            try await fixture.take(author.next(edits, epoch: author.log.head), author) == .refused(.signature),
            "an epoch that never was current")
        #expect(try await fixture.take(try stranger.write(edits), author) == .refused(.signature), "no member")
        // Another's batch under one's own replica, whose id is not derived from the key.
        let header = good.header
        let stolen = BatchHeader(
            replica: header.replica, first: 1, count: 1, previous: header.previous, seen: [], head: header.head,
            epoch: header.epoch, origin: other.origin)
        #expect(
            try await fixture.take(other.signed(stolen, good.edits, by: other.keys), other) == .refused(.malformed))
        // A box that does not match its hash.
        var swapped = good
        swapped.edits[0].box = Array("another".utf8)
        #expect(try await fixture.take(swapped, author) == .refused(.malformed))
        #expect(try await fixture.frontier(author) == Frontier())
        #expect(try await fixture.take(good, author) == .took(good))
    }

    @Test(arguments: StoreKind.allCases)
    func headsOfAFeedNeverGoBack(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let old = author.log
        _ = try await fixture.companion(of: author)
        let first = try author.write(.set(1, [1]))
        _ = try await fixture.take(first, author)
        #expect(
            try await fixture.take(author.next([.set(1, [1])], head: old.head, epoch: old.epoch), author)
                == .refused(.signature))
        #expect(try await fixture.take(first, author) == .took(first, isNew: false))
    }

    @Test(arguments: StoreKind.allCases)
    func whoeverBringsABatchItsSignerCounts(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        let batch = try author.write(.set(1, [1]))
        #expect(try await fixture.take(batch, other) == .took(batch))
    }

    @Test(arguments: StoreKind.allCases)
    func aBoxOfTheGreatestLengthIsTakenAndALongerOneNot(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        #expect(StoreLimits().boxLengthMax == SealingLimits.boxLengthMax)
        let longest = [UInt8](repeating: 1, count: SealingLimits.boxLengthMax)
        let long = author.next([.set(1, [1]), .set(2, [1], box: longest + [1])])
        #expect(
            try await fixture.take(long, author) == .refused(.tooLarge, Dot(author.replica, 2)))
        let fitting = try author.write(.set(1, [1], box: longest))
        #expect(try await fixture.take(fitting, author) == .took(fitting))
        #expect(try await fixture.batches(author) == [fitting])
    }
}
