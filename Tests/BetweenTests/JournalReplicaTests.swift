import SyncClient
import Between
import CanonicalJSON
import Causality
import Foundation
import Membership
import Records
import ReplicaStore
import Sealing
import TestSupport
import Testing
import Wire

/// The answer to each question, on disk and with real keys.
@Suite struct JournalReplicaTests {
    private let roomy = WireLimits.creditAtFirst

    @Test func twoDevicesThatExchangeShowTheSame() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        let id = try await one.journal.add(Note("one", tags: ["work"])).id
        try await server.exchange(one)
        try await server.exchange(two)
        _ = try await two.journal.edit(id, ["body": "two"])
        _ = try await one.journal.edit(id, ["flag": true])
        for fixture in [two, one, two] { try await server.exchange(fixture) }
        try await one.reopen()
        #expect(try await one.export() == two.export())
        #expect(try await one.journal.entry(id).text("body") == "two")
        #expect(try await one.frontier() == server.edits.frontier)
        #expect(try await two.frontier() == server.edits.frontier)
        #expect(try await one.journal.check().isSound)
    }

    @Test func theLogIsTakenOnceAndAForkOfItIsNeverTaken() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        guard case .logEnd(let end) = try await one.ask(.logEnd) else { throw ReplicaFixture.Unexpected() }
        #expect(end.count == 2)
        #expect(try await two.ask(.relation(end)) == .relation(.equal))
        #expect(try await two.ask(.relation(.empty)) == .relation(.behind(from: 0)))
        #expect(try await two.ask(.relation(#require(LogEnd(count: 3, head: end.head)))) == .relation(.ahead))
        #expect(try await two.ask(.relation(#require(LogEnd(count: 1, head: end.head)))) == .relation(.forked))
        let (ours, theirs) = (try await one.remove([]), try await two.remove([]))
        func extend(_ fixture: ReplicaFixture, _ record: LinkedRecord) async throws -> ReplicaAnswer {
            try await fixture.ask(.extendLog(previous: record.previous, record: record.bytes))
        }
        guard case .logExtended(let longer, moved: false) = try await extend(one, ours) else {
            throw ReplicaFixture.Unexpected()
        }
        #expect(longer.count == 3)
        #expect(try await extend(one, ours) == .logExtended(longer, moved: false))
        #expect(try await extend(one, theirs) == .refused(.logFork))
        #expect(try await one.ask(.logEnd) == .logEnd(longer))
        _ = try await extend(two, theirs)
        let later = try await two.remove([])
        #expect(try await extend(one, later) == .refused(.head))
        var broken = ours
        broken = LinkedRecord(previous: ours.previous, bytes: Array(ours.bytes.dropLast()))
        #expect(try await extend(two, broken) == .refused(.record))
        try await one.reopen()
        #expect(try await one.ask(.logEnd) == .logEnd(longer))
    }

    @Test func aRecordIsMadeOnlyWhereAllOfItsCutIsHereAndIsDoneWhenItIsSo() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        _ = try await one.journal.add(Note("one"))
        let frontier = try await one.frontier()
        #expect(try await one.ask(.makeRecord(cut: nil)) == .done)
        one.replica.request = .remove([two.keys.identity.id])
        var beyond = frontier
        beyond.advance(to: Tip(Dot(ReplicaID(bits: 1), 1), try #require(frontier.ends.first).hash))
        #expect(try await one.ask(.makeRecord(cut: beyond)) == .refused(.cut))
        #expect(try await one.ask(.makeRecord(cut: nil)) == .refused(.cut))
        // Edits that are written now come after the cut, and do not affect it.
        _ = try await one.journal.add(Note("meanwhile"))
        guard case .record(let record) = try await one.ask(.makeRecord(cut: frontier)) else {
            throw ReplicaFixture.Unexpected()
        }
        guard
            case .logExtended(_, moved: true) = try await one.ask(
                .extendLog(previous: record.previous, record: record.bytes))
        else { throw ReplicaFixture.Unexpected() }
        #expect(try await one.ask(.makeRecord(cut: frontier)) == .done)
        one.replica.request = .remove([one.keys.identity.id])
        #expect(try await one.ask(.makeRecord(cut: one.frontier())) == .refused(.record))
    }

    @Test func batchesComeInOrderAsManyAsFitAndWithoutFeedsThatAreLeftOut() async throws {
        let one = try await ReplicaFixture()
        for number in 0..<150 {
            _ = try await one.journal.add(Note("note \(number)"))
            _ = try await one.ask(.frontier)
        }
        let all = try await one.batches()
        #expect(all.map(\.header.first) == Array(1...150))
        let feed = all[0].header.replica
        let length = MessageWriter.length(of: .batch(one.replica.space, all[70]))
        let beyond = VectorClock([Dot(feed, 70)])
        func ask(_ room: Int, _ without: Set<ReplicaID> = []) async throws -> ReplicaAnswer {
            try await one.ask(.batches(beyond: beyond, without: without, room: room))
        }
        #expect(try await ask(length - 1) == .batches([], isLast: false))
        #expect(try await ask(length) == .batches([all[70]], isLast: false))
        #expect(try await ask(roomy) == .batches(Array(all[70...]), isLast: true))
        #expect(try await ask(roomy, [feed]) == .batches([], isLast: true))
        guard case .tips(let ends) = try await one.ask(.tips(feed, 3...149)) else {
            throw ReplicaFixture.Unexpected()
        }
        #expect(ends.count == WireLimits.tipsMax)
        #expect(ends.last == all[148].tip(Hash256.sha256))
        let gaps = zip(ends, ends.dropFirst()).map { $1.dot.n - $0.dot.n }
        #expect(gaps.allSatisfy { (2...3).contains($0) })
        #expect(try await one.ask(.tips(feed, 5...5)) == .tips([all[4].tip(Hash256.sha256)]))
        #expect(try await one.ask(.tips(ReplicaID(bits: 1), 1...9)) == .tips([]))
    }

    @Test func whatIsWrongWithABatchIsSaidAndNothingChanges() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        let id = try await one.journal.add(Note("one")).id
        _ = try await one.ask(.frontier)
        _ = try await one.journal.edit(id, ["flag": true])
        let batches = try await one.batches()
        let frontier = try await two.frontier()
        #expect(try await two.ask(.take(batches[1])) == .refused(.gap))
        #expect(try await two.ask(.take(changed(batches[0]) { $0.signature[3] ^= 1 })) == .refused(.signature))
        #expect(try await two.ask(.take(changed(batches[0]) { $0.head = .sha256([1]) })) == .refused(.log))
        #expect(try await two.ask(.take(changed(batches[0]) { $0.epoch = .sha256([1]) })) == .refused(.signature))
        var box = batches[0]
        box.edits[0].box?[20] ^= 1
        #expect(try await two.ask(.take(box)) == .refused(.malformed))
        #expect(try await two.frontier() == frontier)
        let answers = try await two.replica.answer([.take(batches[1]), .take(batches[0]), .take(batches[1])])
        #expect(answers[0] == .refused(.gap))
        #expect(answers[1] == .took(batches[0].tip(Hash256.sha256), isNew: true))
        #expect(answers[2] == .took(batches[1].tip(Hash256.sha256), isNew: true))
        #expect(try await two.ask(.take(batches[0])) == .took(batches[0].tip(Hash256.sha256), isNew: false))
        _ = try await two.journal.edit(id, ["body": "two"])
        let theirs = try #require(try await two.batches().last)
        let three = try await ReplicaFixture(invitedBy: one)
        #expect(try await three.ask(.take(theirs)) == .refused(.missing))
    }

    @Test func onlyAnOwnerOrWhoMadeItHasAnEntryForgotten() async throws {
        let one = try await ReplicaFixture()
        var generator = SystemRandomNumberGenerator()
        let coach = try await ReplicaFixture(invitedBy: one, person: .random(using: &generator), role: .member)
        var server = PlainServer(one.replica.space)
        let id = try await one.journal.add(Note("mine")).id
        try await server.exchange(one)
        try await server.exchange(coach)
        let theirs = try await coach.journal.add(Note("theirs")).id
        try await coach.journal.forget(theirs)
        let batches = try await coach.batches(beyond: server.edits.frontier.clock)
        #expect(batches.flatMap(\.edits).map { $0.header.proof != nil } == [false, true])
        #expect(try await one.ask(.take(batches[0])) == .took(batches[0].tip(Hash256.sha256), isNew: true))
        await #expect(throws: JournalError.self) { try await one.journal.entry(theirs) }

        // A device that skips the check is refused, and others' edits go on.
        let log = try await one.log()
        for edit in [Self.forget(id), Self.forget(id, EntryProof([UInt8](repeating: 7, count: 16)))] {
            let batch = try coach.feed([edit], log)
            #expect(try await one.ask(.take(batch)) == .refused(.rights))
            #expect(try await one.ask(.quarantine(batch, .rights)) == .done)
        }
        #expect(try await one.journal.entry(id).text("body") == "mine")
        _ = try await coach.journal.edit(id, ["flag": true])
        let late = try #require(try await coach.batches().last)
        #expect(try await one.ask(.take(late)) == .took(late.tip(Hash256.sha256), isNew: true))
        #expect(try await one.replica.quarantined().count == 2)
    }

    /// A forget takes effect at once: one that others refuse would destroy content that stays there.
    @Test func whoHasNoRightToForgetIsToldBeforeAnythingIsWritten() async throws {
        let one = try await ReplicaFixture()
        var generator = SystemRandomNumberGenerator()
        let person = PersonID.random(using: &generator)
        let coach = try await ReplicaFixture(invitedBy: one, person: person, role: .member)
        let phone = try await ReplicaFixture(invitedBy: one, person: person, role: .member)
        var server = PlainServer(one.replica.space)
        let id = try await one.journal.add(Note("mine")).id
        let theirs = try await coach.journal.add(Note("theirs")).id
        for fixture in [one, coach, phone, coach, one] { try await server.exchange(fixture, stubs: true) }
        _ = try await coach.journal.edit(id, ["body": "mine, as the coach left it"])
        let before = try await coach.frontier()
        let error = await #expect(throws: JournalError.self) { try await coach.journal.forget(id) }
        #expect(error?.code == .notYours)
        #expect(error?.next.contains("btw rm \(id)") == true)
        #expect(try await coach.journal.entry(id).text("body") == "mine, as the coach left it")
        #expect(try await coach.frontier() == before)

        // Another member's edit does not change its author, whose other device finds the proof in the first box.
        _ = try await one.journal.edit(theirs, ["body": "changed"])
        for fixture in [one, coach, phone] { try await server.exchange(fixture, stubs: true) }
        try await phone.journal.forget(theirs)
        for fixture in [phone, one, coach] { try await server.exchange(fixture, stubs: true) }
        for fixture in [one, coach, phone] {
            let error = await #expect(throws: JournalError.self) { try await fixture.journal.entry(theirs) }
            #expect(error?.code == .forgotten)
            #expect(try await fixture.journal.entry(id).text("body") == "mine, as the coach left it")
            #expect(try await fixture.journal.check().isSound)
        }
    }

    private static func forget(_ entry: EntryID, _ proof: EntryProof? = nil) -> Edit {
        Edit(EditHeader(entry: entry, tokens: [], isForget: true, proof: proof, group: 1, boxHash: nil), box: nil)
    }

    private struct Draft {
        var head: Hash256
        var epoch: Hash256
        var signature: [UInt8]
    }

    private func changed(_ batch: Batch, _ change: (inout Draft) -> Void) -> Batch {
        var draft = Draft(head: batch.header.head, epoch: batch.header.epoch, signature: batch.signature)
        change(&draft)
        let header = batch.header
        return Batch(
            BatchHeader(
                replica: header.replica, first: header.first, count: header.count, previous: header.previous,
                seen: header.seen, head: draft.head, epoch: draft.epoch, origin: header.origin),
            signature: draft.signature, edits: batch.edits)
    }
}
