import SyncClient
import Between
import CanonicalJSON
import Causality
import Foundation
import Membership
import Records
import ReplicaStore
import TestSupport
import Testing
import Wire

/// Missing boxes, and the frontier that the server is known to hold.
@Suite struct JournalReplicaBoxTests {
    private func missing(_ fixture: ReplicaFixture, besides: Set<Dot> = []) async throws -> [Dot] {
        guard case .missingBoxes(let dots) = try await fixture.ask(.missingBoxes(besides: besides)) else {
            throw ReplicaFixture.Unexpected()
        }
        return dots
    }

    @Test func aNewcomerMissesNothingThatWasSuperseded() async throws {
        let one = try await ReplicaFixture()
        let id = try await one.journal.add(Note("first")).id
        for body in ["second", "third"] { _ = try await one.journal.edit(id, ["body": .text(Text(body))]) }
        let two = try await ReplicaFixture(invitedBy: one)
        var batches = try await one.batches()
        // The second edit is superseded; the first still contains the kind.
        batches[0].edits[1].box = nil
        for batch in batches { try await two.ask(.take(batch)) }
        #expect(try await missing(two) == [])
        #expect(try await two.replica.counts().missing == 0)
        #expect(try await two.export() == one.export())
    }

    @Test func aLiveEditWithoutItsBoxIsAskedForOnceAndShownWhenItCame() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        let id = try await one.journal.add(Note("a")).id
        let dot = try #require(try await one.journal.edit(id, ["body": "b"]).clock.dots.first)
        let whole = try await one.batches()
        var bare = whole[0]
        for index in bare.edits.indices { bare.edits[index].box = nil }
        try await two.ask(.take(bare))
        let first = Dot(dot.replica, 1)
        #expect(try await Set(missing(two)) == [first, dot])
        #expect(try await missing(two, besides: [dot]) == [first])
        #expect(try await two.replica.counts().missing == 2)
        let sealed = await #expect(throws: JournalError.self) { try await two.journal.entry(id) }
        #expect(sealed?.code == .sealed && sealed?.message.contains("kept") == true)
        let unwritten = await #expect(throws: JournalError.self) { try await two.journal.edit(id, ["body": "c"]) }
        #expect(unwritten?.code == .sealed)
        #expect(try await two.journal.ids(in: id...id, limit: 2) == [id])
        #expect(try await two.ask(.boxes([first, dot], room: .max)) == .boxes([.init(first, nil), .init(dot, nil)]))
        let box = try #require(whole[0].edits[1].box)
        #expect(try await two.ask(.supply(dot, box.reversed())) == .refused(.malformed))
        #expect(try await missing(two).count == 2)
        #expect(try await two.ask(.supply(dot, box)) == .done)
        #expect(try await missing(two) == [first])
        try await two.reopen()
        // Receiving the whole batch again supplies the missing box.
        #expect(try await two.ask(.take(whole[0])) == .took(whole[0].tip(Hash256.sha256), isNew: false))
        #expect(try await missing(two) == [])
        #expect(try await two.export() == one.export())
        let length = MessageWriter.length(of: .box(two.replica.space, dot, box))
        #expect(try await two.ask(.boxes([dot, first], room: length)) == .boxes([.init(dot, box)]))
        #expect(try await two.ask(.boxes([dot], room: length - 1)) == .boxes([]))
    }

    @Test func theAncestorThatAMergeNeedsIsAskedFor() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        let three = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        let id = try await one.journal.add(Note("One. Two. Three.")).id
        _ = try await one.journal.edit(id, ["body": "One. Two. Three. Four."])
        for fixture in [one, two] { try await server.exchange(fixture) }
        _ = try await one.journal.edit(id, ["body": "One! Two. Three. Four."])
        _ = try await two.journal.edit(id, ["body": "One. Two. Three. Four!"])
        for fixture in [one, two, one] { try await server.exchange(fixture) }
        // Superseded edits come without boxes; the common ancestor's box is requested.
        try await server.exchange(three, stubs: true)
        #expect(try await three.export() == one.export())
        #expect(try await three.journal.entry(id).text("body") == "One! Two. Three. Four!")
        #expect(try await missing(three) == [])
        #expect(try await three.journal.check().isSound)
    }

    @Test func whatWaitsIsKnownWithoutAConnectionAndNeverBelievedBlindly() async throws {
        let one = try await ReplicaFixture()
        #expect(try await one.replica.waitingCount() == 0)
        for number in 0..<3 {
            _ = try await one.journal.add(Note("note \(number)"))
            _ = try await one.frontier()
        }
        _ = try await one.journal.add(Note("open"))
        #expect(try await one.replica.waitingCount() == 4)
        let ends = try await one.batches().map { $0.tip(Hash256.sha256) }
        try await one.ask(.serverHolds([ends[1]]))
        #expect(try await one.replica.waitingCount() == 2)
        // Neither an older tip nor a foreign one changes that.
        try await one.ask(.serverHolds([ends[0], Tip(ends[2].dot, .sha256([]))]))
        #expect(try await one.replica.waitingCount() == 2)
        try await one.reopen()
        #expect(try await one.replica.waitingCount() == 2)
        var clock = Frontier()
        clock.advance(to: ends[0])
        #expect(try await one.ask(.compare(clock)) == .compared(forked: [], lost: 1))
        #expect(try await one.ask(.compare(clock)) == .compared(forked: [], lost: 0))
        #expect(try await one.replica.waitingCount() == 3)
        clock.advance(to: Tip(ends[1].dot, .sha256([])))
        #expect(try await one.ask(.compare(clock)) == .compared(forked: [ends[1].dot.replica], lost: 0))
        #expect(try await one.ask(.compare(Frontier())) == .compared(forked: [], lost: 0))
        #expect(try await one.replica.waitingCount() == 4)
    }

    /// Every acknowledged change is in the files as a power loss would leave them.
    @Test func whatWasAnsweredIsOnTheDisk() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        for number in 0..<4 {
            _ = try await one.journal.add(Note("note \(number)"))
            _ = try await one.frontier()
        }
        for batch in try await one.batches() {
            guard case .took(let end, isNew: true) = try await two.ask(.take(batch)) else {
                throw ReplicaFixture.Unexpected()
            }
            let copy = two.home.folder.path + "/copy"
            try? FileManager.default.removeItem(atPath: copy)
            // Copied by another process: if this one closed a descriptor of the file, it would lose SQLite's locks.
            let process = Process()
            process.executableURL = URL(filePath: "/bin/cp")
            process.arguments = ["-r", two.home.path, copy]
            try process.run()
            process.waitUntilExit()
            let journal = try await Journal.open(at: copy)
            guard case .frontier(let frontier) = try await JournalReplica(journal).answer(.frontier) else {
                throw ReplicaFixture.Unexpected()
            }
            #expect(frontier[end.dot.replica] == end)
            try await journal.close()
        }
    }
}
