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

/// Edits that cannot keep their dots are rebased or quarantined, and none is lost.
@Suite struct JournalReplicaMovingTests {
    private func quarantined(_ fixture: ReplicaFixture) async throws -> [StoreReader.Quarantined] {
        try await fixture.replica.quarantined()
    }

    @Test func whatWasWrittenAfterTheCutIsWrittenAgainInTheNewEpoch() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        let id = try await one.journal.add(Note("before")).id
        try await server.exchange(one)
        try await server.exchange(two)
        // One batch is closed, one open, when the record arrives.
        let late = try await two.journal.edit(id, ["body": "late"])
        let closed = try await two.batches(beyond: server.edits.frontier.clock)
        _ = try await two.journal.edit(id, ["flag": true])
        let record = try await one.remove([])
        _ = try await one.ask(.extendLog(previous: record.previous, record: record.bytes))
        try server.append(record)
        let answer = try await two.ask(.extendLog(previous: record.previous, record: record.bytes))
        let end = try #require(LogEnd(count: 3, head: try await two.log().head))
        #expect(answer == .logExtended(end, moved: true))
        // Nothing of it is late; but it is written again, so that removed devices cannot read it.
        let held = server.edits.frontier
        #expect(
            try await two.ask(.compare(held)) == .compared(forked: [], lost: 0, resealDue: true))
        #expect(
            try await two.ask(.reseal(shared: held.clock)) == .rebased(rewritten: 2, quarantined: 0))
        #expect(try await two.ask(.reseal(shared: held.clock)) == .done)
        #expect(try await two.ask(.compare(held)) == .compared(forked: [], lost: 0))
        let moved = try await two.batches(beyond: server.edits.frontier.clock)
        #expect(moved.flatMap(\.edits).count == 2)
        #expect(moved.allSatisfy { $0.header.epoch != closed[0].header.epoch })
        #expect(Set(moved.map(\.header.replica)).isDisjoint(with: [closed[0].header.replica]))
        for fixture in [two, one] { try await server.exchange(fixture) }
        #expect(try await one.export() == two.export())
        #expect(try await one.journal.entry(id).text("body") == "late")
        #expect(try await quarantined(two) == [])
        // The next edit goes under another replica than the rebased ones.
        let next = try await two.journal.add(Note("next")).clock.dots[0].replica
        #expect(!moved.map(\.header.replica).contains(next) && !late.clock.dots.map(\.replica).contains(next))
        try await two.reopen()
        #expect(try await two.journal.add(Note("more")).clock.dots[0].replica == next)
        try await server.exchange(two)
        try await server.exchange(one)
        #expect(try await one.export() == two.export())
        #expect(try await two.journal.check().isSound)
        // A newcomer reads all epochs.
        let three = try await ReplicaFixture(invitedBy: one)
        try await server.exchange(one)
        try await server.exchange(three)
        #expect(try await three.export() == one.export())
    }

    @Test func aDeviceThatWasRemovedKeepsWhatItHasAndWritesNoMore() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        let id = try await one.journal.add(Note("shared")).id
        try await server.exchange(one)
        try await server.exchange(two)
        _ = try await two.journal.edit(id, ["body": "never sent"])
        let late = try await two.batches(beyond: server.edits.frontier.clock)
        let record = try await one.remove([two.keys.identity.id])
        for fixture in [one, two] {
            _ = try await fixture.ask(.extendLog(previous: record.previous, record: record.bytes))
        }
        #expect(try await one.ask(.take(late[0])) == .refused(.late))
        #expect(try await one.ask(.quarantine(late[0], .late)) == .done)
        let kept = try await quarantined(one)
        #expect(kept.map(\.edits) == [1])
        #expect(kept.first?.device == two.keys.identity.signingKey)
        #expect(kept.first?.boxes[1] == late[0].edits[0].box)
        #expect(try await one.journal.entry(id).text("body") == "shared")
        // The removed device keeps the journal as it was.
        #expect(try await quarantined(two) == [])
        #expect(try await two.journal.entry(id).text("body") == "never sent")
        await #expect(throws: JournalError.self) { try await two.journal.add(Note("no more")) }
        try await two.reopen()
        #expect(try await two.journal.entry(id).text("body") == "never sent")
        #expect(try await two.journal.history(of: id).map { $0.fields["body"] }.contains("never sent"))
        _ = try await one.journal.edit(id, ["body": "later"])
        let later = try await one.batches(beyond: server.edits.frontier.clock)
        #expect(later.last?.header.epoch == (try await one.log().epoch))
    }

    @Test func aDiskThatWasPutBackUnnoticedLosesNothing() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        let id = try await one.journal.add(Note("before")).id
        try await server.exchange(one)
        try await one.journal.close()
        let saved = try one.saved()
        try await one.restore(saved)
        _ = try await one.journal.edit(id, ["body": "on the first disk"])
        _ = try await one.journal.add(Note("first"))
        try await server.exchange(one)
        try await server.exchange(two)
        try await one.restore(saved)
        _ = try await one.journal.edit(id, ["body": "on the second disk"])
        _ = try await one.journal.add(Note("second"))
        for fixture in [one, two, one] { try await server.exchange(fixture) }
        #expect(try await one.export() == two.export())
        let bodies = try await one.journal.entries().compactMap { $0.text("body") }
        #expect(bodies.contains("first") && bodies.contains("second"))
        #expect(bodies.contains { $0.contains("first disk") && $0.contains("second disk") })
        #expect(try await one.journal.check().isSound)
    }

    @Test func receivingWhatOneDidNotWriteOneGoesOnUnderANewName() async throws {
        let one = try await ReplicaFixture()
        var server = PlainServer(one.replica.space)
        let first = try await one.journal.add(Note("before")).clock.dots[0].replica
        try await server.exchange(one)
        try await one.journal.close()
        let saved = try one.saved()
        try await one.restore(saved)
        #expect(try await one.journal.add(Note("after")).clock.dots == [Dot(first, 2)])
        try await server.exchange(one)
        try await one.restore(saved)
        try await server.exchange(one)
        #expect(try await one.journal.entries().count == 2)
        let dot = try await one.journal.add(Note("again")).clock.dots[0]
        #expect(dot.replica != first)
        try await one.reopen()
        #expect(try await one.journal.add(Note("on")).clock.dots == [Dot(dot.replica, 2)])
    }

    @Test func whatTheServerRefusesIsQuarantinedAndWhatSawItIsWrittenAgain() async throws {
        let one = try await ReplicaFixture()
        var server = PlainServer(one.replica.space)
        let id = try await one.journal.add(Note("before")).id
        try await server.exchange(one)
        _ = try await one.journal.edit(id, ["body": "refused"])
        _ = try await one.frontier()
        _ = try await one.journal.edit(id, ["flag": true])
        let batches = try await one.batches(beyond: server.edits.frontier.clock)
        let dot = batches[0].header.firstDot
        let answer = try await one.ask(
            .rebase(roots: [dot], shared: server.edits.frontier.clock, dropping: [dot]))
        #expect(answer == .rebased(rewritten: 1, quarantined: 1))
        try await server.exchange(one)
        let entry = try await one.journal.entry(id)
        #expect(entry.text("body") == "before" && entry.fields["flag"] == true)
        #expect(try await quarantined(one).map(\.reason) == ["refused"])
        #expect(try await one.replica.counts().quarantined == 1)
        let listed = try #require(try await one.journal.quarantined().first)
        #expect(listed.entry == id && listed.dot == dot && listed.fields == ["body": "refused"] && listed.canBeAdopted)
        #expect(listed.device == one.keys.identity.id && listed.id.description == "1.\(dot.n)")
        // The device's own judge finds nothing wrong with the edit, so the next opening takes it out of quarantine.
        try await one.reopen()
        #expect(try await one.journal.entry(id).text("body") == "refused")
        #expect(try await one.journal.quarantined().isEmpty)
        #expect(try await one.replica.counts().quarantined == 0)
        try await server.exchange(one)
        #expect(try await one.replica.waitingCount() == 0)
    }

    @Test func whatWasWrittenSinceIsNotTakenBackOver() async throws {
        let one = try await ReplicaFixture()
        let id = try await one.journal.add(Note("before")).id
        _ = try await one.frontier()
        _ = try await one.journal.edit(id, ["body": "refused"])
        let dot = try #require(try await one.frontier().ends.first?.dot)
        _ = try await one.ask(.rebase(roots: [dot], shared: VectorClock(), dropping: [dot]))
        _ = try await one.journal.edit(id, ["body": "since"])
        try await one.reopen()
        #expect(try await one.journal.entry(id).text("body") == "since")
        let kept = try #require(try await one.journal.quarantined().first)
        #expect(try await one.journal.adopt(kept.id).text("body") == "refused")
        #expect(try await one.journal.quarantined().isEmpty)
        await #expect(throws: JournalError.self) { try await one.journal.drop(kept.id) }
    }

    @Test func whatIsQuarantinedCanBeDroppedEditByEdit() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        try await server.exchange(one)
        try await server.exchange(two)
        _ = try await two.journal.add([Note("a").draft, Note("b").draft])
        let batch = try #require(try await two.batches(beyond: server.edits.frontier.clock).first)
        #expect(try await one.ask(.quarantine(batch, .missing)) == .done)
        let kept = try await one.journal.quarantined()
        #expect(kept.map { $0.fields?["body"] } == ["a", "b"] && kept.allSatisfy { $0.device == two.keys.identity.id })
        try await one.journal.drop(kept[0].id)
        #expect(try await one.journal.quarantined().map(\.id) == [kept[1].id])
        #expect(try await one.replica.counts().quarantined == 1)
        try await one.journal.drop(kept[1].id)
        #expect(try await one.journal.quarantined().isEmpty)
        #expect(try await one.replica.counts().quarantined == 0)
    }

    @Test func aServersWordIsLookedAt() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        _ = try await one.journal.add(Note("short"))
        let dot = try #require(try await one.frontier().ends.last?.dot)
        for code in [ErrorCode.tooLarge, .rights] { #expect(try await one.ask(.judge(dot, code)) == .judged(false)) }
        #expect(try await one.ask(.judge(nil, .removed)) == .judged(false))
        // A held batch is no proof of a fork; another one in its place is, if the device signed it.
        let batch = try #require(try await one.batches().last)
        #expect(try await one.ask(.provesFork(batch)) == .judged(false))
        var other = batch.edits
        other[0].box = [UInt8](repeating: 1, count: 60)
        let header = EditHeader(
            entry: other[0].header.entry, tokens: other[0].header.tokens, group: other[0].header.group,
            boxHash: Hash256.sha256([UInt8](repeating: 1, count: 60)))
        other = [Edit(header, box: nil)] + other.dropFirst()
        let hash = batch.header.feedHash(of: other.map(\.header), Hash256.sha256)
        let signed = Batch(batch.header, signature: one.keys.signature(ofBatch: hash), edits: other)
        #expect(try await one.ask(.provesFork(signed)) == .judged(true))
        let forged = Batch(batch.header, signature: two.keys.signature(ofBatch: hash), edits: other)
        #expect(try await one.ask(.provesFork(forged)) == .judged(false))
        // The record of its removal, which is not in its own log.
        let record = try await one.remove([two.keys.identity.id])
        #expect(try await two.ask(.noteRemoval([1, 2])) == .done)
        #expect(try await !two.journal.status().isRemoved)
        #expect(try await two.ask(.noteRemoval(record.bytes)) == .done)
        #expect(try await two.ask(.judge(nil, .removed)) == .judged(true))
        #expect(try await two.journal.status().isRemoved)
        #expect(try await !one.journal.status().isRemoved)
    }

    @Test func ofAForgottenEntryNoBoxStaysQuarantinedAndTheForgettingIsWrittenAgain() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        let (id, other) = (try await one.journal.add(Note("a")).id, try await one.journal.add(Note("b")).id)
        try await server.exchange(one)
        try await server.exchange(two)
        _ = try await two.journal.edit(id, ["body": "aside"])
        let late = try #require(try await two.batches(beyond: server.edits.frontier.clock).first)
        #expect(try await one.ask(.quarantine(late, .missing)) == .done)
        #expect(try await quarantined(one).first?.boxes.count == 1)
        try await one.journal.forget(id)
        #expect(try await quarantined(one).first?.boxes.count == 0)
        // The forget itself must move.
        let dot = try #require(try await one.frontier().ends.map(\.dot).max { $0.n < $1.n })
        let answer = try await one.ask(
            .rebase(roots: [dot], shared: server.edits.frontier.clock, dropping: []))
        #expect(answer == .rebased(rewritten: 1, quarantined: 0))
        await #expect(throws: JournalError.self) { try await one.journal.entry(id) }
        #expect(try await one.ask(.take(late)) == .took(late.tip(Hash256.sha256), isNew: true))
        #expect(try await quarantined(one) == [])
        for fixture in [one, two] { try await server.exchange(fixture) }
        #expect(try await two.export() == one.export())
        #expect(try await two.journal.entries().map(\.id) == [other])
        // With the forget quarantined, the entry is live again; its boxes are on other devices.
        let again = try #require(try await one.batches().last { $0.edits.contains { $0.header.isForget } })
        let dropped = again.header.firstDot
        _ = try await one.ask(.rebase(roots: [dropped], shared: VectorClock(), dropping: [dropped]))
        guard case .missingBoxes(let dots) = try await one.ask(.missingBoxes(besides: [])) else {
            throw ReplicaFixture.Unexpected()
        }
        #expect(!dots.isEmpty)
    }
}
