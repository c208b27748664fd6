import Between
import Causality
import Membership
import Testing
import Wire

/// The same server and a device without a defence: each lie succeeds. No command can switch a defence off, so these
/// devices run in the test's process.
@Suite struct LyingDaemonBelievedTests {
    /// The outcome of one exchange while the server lies.
    private func outcome(
        of fixture: Fixture, without defence: Defence, _ liar: LyingDaemon, _ lie: @escaping LyingDaemon.Lie
    ) async throws -> JournalSpace.SyncOutcome {
        liar.lies(lie)
        let outcome = try await Defence.$down.withValue([defence]) {
            let journal = try await fixture.journal()
            let outcome = try await journal.sync()
            try await journal.home.close()
            return outcome
        }
        #expect(liar.isHonest() > 0)
        return outcome
    }

    @Test func aRefusalIsTheLastWord() async throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        try laptop.connect()
        try laptop.writes("what must not be forgotten")
        let outcome = try await outcome(of: laptop, without: .judgesRefusals, liar) { passing in
            guard case .up(.batch(let space, let batch)) = passing else { return nil }
            return [.down(.error(WireError(.tooLarge, space: space, dot: batch.header.firstDot)))]
        }
        #expect(outcome.alarms.isEmpty && outcome.state == .upToDate, "though it was never taken")
        liar.stop()
    }

    @Test func aForkThatIsNoneMovesEverything() async throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        try laptop.connect()
        try laptop.writes("from the laptop")
        try laptop.getsUpToDate()
        let before = try laptop.export()
        _ = try await outcome(of: laptop, without: .wantsForkProof, liar) { passing in
            switch passing {
            case .down(.opened(let space, let clock, _, let missing)):
                [.down(.opened(space, clock: clock, forked: clock.ends.map(\.dot.replica), missing: missing))]
            case .down(.tips(let space, let feed, _)): [.down(.tips(space, feed, ends: []))]
            default: nil
            }
        }
        #expect(try laptop.export() != before, "it was signed again")
        liar.stop()
    }

    @Test(arguments: [true, false])
    func whoeverLacksContentsBelievesToBeUpToDate(hasOthers: Bool) async throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone()
        try phone.getsUpToDate()
        try laptop.writes("from the laptop")
        try laptop.getsUpToDate()
        let outcome = try await outcome(of: phone, without: .countsContents, liar) { passing in
            switch passing {
            case .down(.batch(let space, var batch)):
                for index in batch.edits.indices { batch.edits[index].box = nil }
                return [.down(.batch(space, batch))]
            case .down(.box(let space, let dot, let box)):
                return [.down(.box(space, dot, hasOthers ? box.map { $0.reversed() } : nil))]
            default: return nil
            }
        }
        #expect(outcome.state == .upToDate && outcome.missing == 0)
        #expect(try !phone.export().contains("from the laptop"))
        liar.stop()
    }

    @Test func whoIsSaidToBeRemovedStops() async throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        try laptop.connect()
        let outcome = try await outcome(of: laptop, without: .wantsRemovalRecord, liar) { passing in
            guard case .down(.log(let space, _)) = passing else { return nil }
            return [.down(.error(WireError(.removed, space: space)))]
        }
        #expect(outcome.state == .refused && outcome.refusal == "removed")
        liar.stop()
    }
}
