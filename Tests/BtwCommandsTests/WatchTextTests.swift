import Between
import BtwCommands
import Causality
import Testing

/// Messages of `btw sync --watch` about a server that misbehaves.
@Suite struct WatchTextTests {
    private let phone = DeviceID(bits: EntryID(high: 1, low: 1))
    private var withheld: SyncAlarm { SyncAlarm(.withheld, device: phone, edits: 3) }

    private func text(kept: [SyncAlarm] = []) -> WatchText {
        WatchText(SyncText(deviceNames: [phone: "phone"]), kept: kept)
    }

    private func outcome(
        _ state: JournalSpace.SyncOutcome.State, _ alarms: [SyncAlarm] = [], over: [SyncAlarm] = [], missing: Int = 0,
        received: Int = 0
    ) -> JournalSpace.SyncOutcome {
        var outcome = JournalSpace.SyncOutcome()
        outcome.server = "h:1"
        outcome.state = state
        outcome.alarms = alarms
        outcome.over = over
        outcome.missing = missing
        outcome.received = received
        return outcome
    }

    @Test func anAlarmIsToldWhenItBeginsAndWhenItIsOver() {
        var text = text()
        let apart = "Not up to date with h:1: 0 sent, 0 received."
        #expect(
            text.lines(outcome(.unsettled, [withheld])) == [
                "h:1 holds back 3 changes of phone.", "What is written here is safe and in view.",
                "Next: btw sync, a little later; if it stays so, ask whoever runs h:1", apart,
            ])
        // Another exchange, with another count and connection.
        let more = SyncAlarm(.withheld, device: phone, edits: 9)
        #expect(text.lines(outcome(.unsettled, [more])) == [])
        #expect(text.lines(outcome(.offline, [more])) == ["Saved here. Will sync when h:1 is reachable (0 waiting)."])
        #expect(text.lines(outcome(.unsettled, [more])) == [apart])
        #expect(
            text.lines(outcome(.unsettled, [more], received: 2)) == [
                "Not up to date with h:1: 0 sent, 2 received."
            ])
        let healed = outcome(.upToDate, over: [more], received: 5)
        #expect(
            text.lines(healed) == ["h:1 holds back nothing of phone any more.", "Up to date: 0 sent, 5 received."])
        #expect(text.lines(healed) == [])
        #expect(text.lines(outcome(.unsettled, [withheld], received: 5)).first == "h:1 holds back 3 changes of phone.")
    }

    @Test func whatStoodBeforeIsToldAlsoWhenItIsOver() {
        var text = text(kept: [withheld])
        #expect(
            text.lines(outcome(.upToDate, over: [withheld])) == [
                "h:1 holds back nothing of phone any more.", "Up to date.",
            ])
        // An alarm that was never shown is not reported as over.
        #expect(text.lines(outcome(.upToDate, over: [withheld, SyncAlarm(.stuck)])) == [])
    }

    /// An edit that the server refused is reported while all else is up to date.
    @Test func whileAnAlarmIsActiveNotAllIsUpToDate() {
        var text = text()
        let stuck = SyncAlarm(.stuck, device: phone, edits: 1)
        #expect(
            text.lines(outcome(.upToDate, [stuck])) == [
                "h:1 does not take 1 change of phone, and shows no reason that holds.",
                "What is written here is safe and in view.",
                "Next: btw sync, a little later; if it stays so, ask whoever runs h:1",
                "Everything else is up to date.",
            ])
        #expect(
            text.lines(outcome(.upToDate, [stuck], received: 2)) == [
                "Everything else is up to date: 0 sent, 2 received."
            ]
        )
        #expect(
            text.lines(outcome(.upToDate, over: [stuck], received: 2)) == [
                "h:1 takes what is of phone again.", "Up to date: 0 sent, 2 received.",
            ])
        let fork = SyncAlarm(.forked, device: phone)
        #expect(text.lines(outcome(.upToDate, [fork])).last == "Up to date.")
    }

    @Test func whileSomethingMovesNobodyIsToldThatTheServerIsAway() {
        var text = text()
        #expect(text.lines(outcome(.offline, received: 3)) == [])
        #expect(text.lines(outcome(.offline, [withheld], received: 3)) == [])
        #expect(text.lines(outcome(.offline, [withheld], missing: 1, received: 3)) == [])
        #expect(text.lines(outcome(.upToDate, received: 3)) == ["Up to date: 0 sent, 3 received."])
        #expect(
            text.lines(outcome(.offline, received: 3)) == ["Saved here. Will sync when h:1 is reachable (0 waiting)."])
    }

    @Test func contentsAreAnAlarmAndAForkIsToldOnce() {
        var text = text()
        #expect(text.lines(outcome(.unsettled, missing: 2)).first == "h:1 holds back what 2 changes say.")
        #expect(text.lines(outcome(.unsettled, missing: 1)) == [])
        let over = [SyncAlarm(.missing, edits: 1)]
        #expect(
            text.lines(outcome(.upToDate, over: over)).first == "h:1 holds back nothing of what changes say any more.")
        let fork = SyncAlarm(.forked, device: phone)
        #expect(
            text.lines(outcome(.upToDate, [fork], over: over)) == [
                "phone was copied or put back, and wrote twice under one name: written again, nothing lost."
            ])
        #expect(text.lines(outcome(.upToDate, over: over)) == [])
        #expect(text.lines(outcome(.upToDate, [fork], over: over)).count == 1, "once each time that it happens")
    }
}
