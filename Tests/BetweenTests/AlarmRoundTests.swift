import SyncClient
import Between
import Causality
import Testing
import Wire

/// How one exchange changes the standing alarms.
@Suite struct AlarmRoundTests {
    private let phone = DeviceID(bits: EntryID(high: 1, low: 1))
    private let tablet = DeviceID(bits: EntryID(high: 2, low: 2))
    private let feed = ReplicaID(bits: 7)

    private func end(_ reports: [(SyncReport, [SyncAlarm])]) -> AlarmRound.Verdict? {
        var round = AlarmRound()
        return reports.map { round.note($0, $1).verdict }.last ?? nil
    }

    private var withheld: (SyncReport, [SyncAlarm]) {
        (.notice(.withheld(feed, .missing, edits: 2)), [SyncAlarm(.withheld, device: phone, edits: 2)])
    }

    @Test func whatWasNotSeenAgainIsOverWhereAllMovedThatCould() throws {
        let verdict = try #require(end([(.connected, []), withheld, (.notice(.unsettled), [])]))
        #expect(!verdict.isOver(SyncAlarm(.withheld, device: phone, edits: 9)), "of whatever number")
        for alarm in [
            SyncAlarm(.withheld, device: tablet), SyncAlarm(.withheld), SyncAlarm(.stuck, device: phone),
            SyncAlarm(.unproved), SyncAlarm(.flooded), SyncAlarm(.missing, edits: 3),
        ] { #expect(verdict.isOver(alarm), "\(alarm)") }
        #expect(!verdict.isOver(SyncAlarm(.forked, device: phone)), "that happened, and stays so")
    }

    @Test func whatCameInTheRoundIsOver() throws {
        let verdict = try #require(end([(.connected, []), withheld, (.notice(.upToDate), [])]))
        #expect(verdict.isOver(SyncAlarm(.withheld, device: phone)))
        #expect(!verdict.isOver(SyncAlarm(.forked)))
    }

    @Test func anExchangeThatWasCutSaysNothingOfWhatItDidNotComeTo() {
        #expect(end([(.connected, []), withheld, (.offline(nil, nil), [])]) == nil)
        #expect(end([(.connected, []), (.notice(.spaceStopped(.busy)), [])]) == nil)
        for cut in [SyncReport.notice(.unproved(.removed)), .notice(.flooded(9))] {
            #expect(end([(.connected, []), (cut, []), (.notice(.unsettled), [])]) == nil)
            // The next exchange is complete again.
            let next = end([
                (.connected, []), (cut, []), (.notice(.unsettled), []), (.notice(.beginsAgain), []),
                (.notice(.unsettled), []),
            ])
            #expect(next?.isOver(SyncAlarm(.flooded)) == true)
        }
    }

    @Test func aNewRoundBeginsAnewAndContentsAreCountedOn() throws {
        let missing: (SyncReport, [SyncAlarm]) = (.notice(.missing(3)), [SyncAlarm(.missing, edits: 3)])
        let again = try #require(
            end([
                (.connected, []), withheld, missing, (.notice(.unsettled), []), (.notice(.beginsAgain), []),
                (.notice(.unsettled), []),
            ]))
        #expect(again.isOver(SyncAlarm(.withheld, device: phone)) && !again.isOver(SyncAlarm(.missing)))
        let came = try #require(
            end([(.connected, []), missing, (.notice(.upToDate), []), (.notice(.missing(0)), [])]))
        #expect(came.isOver(SyncAlarm(.missing)) && !came.isOver(SyncAlarm(.withheld, device: phone)))
        let connected = try #require(end([(.connected, []), missing, (.connected, []), (.notice(.upToDate), [])]))
        #expect(connected.isOver(SyncAlarm(.missing)))
    }

    @Test func severalFeedsOfADeviceAreOneAlarm() {
        var round = AlarmRound()
        let first = round.note(withheld.0, [SyncAlarm(.withheld, device: phone, edits: 5)]).raised
        let second = round.note(withheld.0, [SyncAlarm(.withheld, device: phone, edits: 2)]).raised
        #expect(first == second && first == [SyncAlarm(.withheld, device: phone, edits: 5)])
    }
}
