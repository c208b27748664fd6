import Between
import BtwCommands
import CanonicalJSON
import Causality
import Testing

/// The messages about a server that misbehaves.
@Suite struct SyncTextTests {
    private let phone = DeviceID(bits: EntryID(high: 1, low: 1))

    @Test func anAlarmNamesTheDeviceAndTheNumber() {
        let text = SyncText(deviceNames: [phone: "phone"])
        #expect(
            text.alarms(
                [
                    SyncAlarm(.withheld, device: phone, edits: 3), SyncAlarm(.stuck, device: phone, edits: 1),
                    SyncAlarm(.withheld), SyncAlarm(.unproved), SyncAlarm(.forked, device: phone),
                    SyncAlarm(.flooded),
                ], missing: 2, of: "h:1") == [
                    "h:1 holds back 3 changes of phone.",
                    "h:1 does not take 1 change of phone, and shows no reason that holds.",
                    "h:1 holds back changes of a device.",
                    "h:1 claims something of this journal or device, and shows no proof. Nothing here moved.",
                    "phone was copied or put back, and wrote twice under one name: written again, nothing lost.",
                    "h:1 sends ever more changes that do not fit this journal. It was not heard to the end.",
                    "h:1 holds back what 2 changes say.",
                ])
        #expect(text.alarms([], missing: 0, of: "h:1") == [])
    }

    @Test func whatWasHealedIsSaidBeforeWhatMoved() {
        let text = SyncText(deviceNames: [phone: "pho\u{1b}ne"])
        var outcome = JournalSpace.SyncOutcome()
        outcome.server = "h:1"
        outcome.state = .upToDate
        let over = [
            SyncAlarm(.withheld, device: phone), SyncAlarm(.stuck), SyncAlarm(.forked), SyncAlarm(.unproved),
            SyncAlarm(.flooded),
        ]
        #expect(
            text.sentences(outcome, over: over).split(separator: "\n") == [
                "h:1 holds back nothing of pho<U+001B>ne any more.", "h:1 takes what is of a device again.",
                "h:1 claims nothing without proof any more.", "h:1 was heard to the end again.", "Up to date.",
            ])
        #expect(SyncText.exit(of: outcome) == 0)
        #expect(SyncText.json(outcome, seconds: 0)["alarms"] == [])
    }

    @Test func anAlarmAndUpToDateAreOneThing() {
        let text = SyncText(deviceNames: [phone: "phone"])
        var outcome = JournalSpace.SyncOutcome()
        outcome.server = "h:1"
        outcome.state = .upToDate
        outcome.sent = 1
        outcome.alarms = [SyncAlarm(.stuck, device: phone, edits: 1)]
        #expect(
            text.sentences(outcome).split(separator: "\n") == [
                "h:1 does not take 1 change of phone, and shows no reason that holds.",
                "Everything else is up to date: 1 sent, 0 received.", "What is written here is safe and in view.",
                "Next: btw sync, a little later; if it stays so, ask whoever runs h:1",
            ])
        #expect(SyncText.exit(of: outcome) == 6)
    }

    @Test func nothingThatIsOffIsNoMisbehaviour() {
        #expect(SyncText.exit(of: JournalSpace.SyncOutcome()) == 0)
        #expect(
            SyncText.json(JournalSpace.SyncOutcome(), seconds: 0.25).canonicalText
                == #"{"alarms":[],"missing":0,"put_back":0,"received":0,"seconds":0.25,"sent":0,"#
                + #""server":null,"state":"local","waiting":0}"#)
    }
}
