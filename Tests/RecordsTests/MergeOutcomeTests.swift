import CanonicalJSON
import Causality
import Records
import Testing

/// Row by row: the entry that two devices show after concurrent offline edits. Each row is played with the devices'
/// ids either way, so that no outcome depends on an id.
@Suite struct MergeOutcomeTests {
    /// Both start from `first`, write concurrently, sync, and show the same.
    func meeting(
        _ first: [FieldName: JSONValue], _ here: [[FieldName: JSONValue]], _ there: [[FieldName: JSONValue]],
        _ check: (Entry, Fixture) -> Void
    ) {
        for (a, b) in [(1, 2), (2, 1)] {
            var one = Fixture(a)
            var other = Fixture(b)
            one.write(first)
            Fixture.sync(&one, &other)
            for fields in here { one.write(fields) }
            for fields in there { other.write(fields) }
            Fixture.sync(&one, &other)
            #expect(one.entry() == other.entry())
            check(one.entry(), one)
        }
    }

    let homework: [FieldName: JSONValue] = ["kind": "homework", "title": "research companies"]

    @Test func editsOfDifferentParagraphsAreBothThere() {
        meeting(
            ["kind": "note", "body": "One.\n\nTwo."], [["body": "One and more.\n\nTwo."]],
            [["body": "One.\n\nTwo and more."]]
        ) { entry, _ in
            #expect(entry.text("body") == "One and more.\n\nTwo and more.")
        }
    }

    @Test func twoVersionsOfOneSentenceStandOneAfterTheOther() {
        meeting(
            ["kind": "note", "body": "It rained. I stayed in."], [["body": "It poured. I stayed in."]],
            [["body": "It drizzled. I stayed in."]]
        ) { entry, fixture in
            let texts: [String?] = ["It poured. It drizzled. I stayed in.", "It drizzled. It poured. I stayed in."]
            #expect(texts.contains(entry.text("body")))
            #expect(fixture.resolution("body")?.rule == .prose)
        }
    }

    @Test func completedHereAndRenamedThereIsDoneAndRenamed() {
        meeting(homework, [["state": "done"]], [["title": "research three companies"]]) { entry, fixture in
            #expect(entry.text("state") == "done")
            #expect(entry.text("title") == "research three companies")
            let conflicts = fixture.versions().resolutions().filter(\.value.isConflict)
            #expect(conflicts.isEmpty)
        }
    }

    @Test func completedByBothIsDoneOnceAtTheEarlierTime() {
        meeting(
            homework, [["state": "done", "done_at": "2026-10-05T10:00:00.000Z"]],
            [["state": "done", "done_at": "2026-10-05T09:00:00.000Z"]]
        ) { entry, fixture in
            #expect(entry.text("state") == "done")
            #expect(entry.text("done_at") == "2026-10-05T09:00:00.000Z")
            #expect(fixture.resolution("state")?.isConflict == false)
            #expect(fixture.history("state").count == 2)
        }
    }

    @Test func doneBeatsLetGo() {
        meeting(homework, [["state": "let_go"]], [["state": "done"]]) { entry, fixture in
            #expect(entry.text("state") == "done")
            #expect(fixture.resolution("state")?.others == ["let_go"])
        }
    }

    @Test func doneHereAndEditedThereAllApply() {
        meeting(homework, [["state": "done"]], [["due": "2026-10-16"], ["target": 3], ["rank": "b"]]) { entry, _ in
            #expect(entry.text("state") == "done")
            #expect(entry.text("due") == "2026-10-16")
            #expect(entry.fields["target"] == 3)
            #expect(entry.text("rank") == "b")
        }
    }

    @Test(arguments: [
        ("2026-10-16", "2026-10-17", "2026-10-17"), ("next", "2020-01-01", "2020-01-01"),
        ("2026-10-16", "2026-10-16T10:00+02:00", "2026-10-16"),
        ("2026-10-16T09:00", "2026-10-16T10:00+02:00", "2026-10-16T10:00+02:00"),
        ("next", "some newer word", "next"),
    ])
    func ofTwoDueDatesTheLaterIsShown(_ here: String, _ there: String, _ later: String) {
        meeting(homework, [["due": .text(Text(here))]], [["due": .text(Text(there))]]) { entry, fixture in
            #expect(entry.text("due") == later)
            #expect(fixture.resolution("due")?.rule == .latestDue)
            #expect(fixture.resolution("due")?.others.count == 1)
        }
    }

    @Test func anyDueDateBeatsNone() {
        meeting(["kind": "homework", "due": "2026-10-01"], [["due": .null]], [["due": "next"]]) { entry, _ in
            #expect(entry.text("due") == "next")
        }
    }

    @Test func ofTwoTitlesOneIsShownAndTheOtherIsKept() {
        meeting(homework, [["title": "companies"]], [["title": "firms"]]) { entry, fixture in
            let resolution = fixture.resolution("title")
            #expect(resolution?.rule == .greatest)
            let titles = (resolution?.others ?? []) + (resolution.map { [$0.value] } ?? [])
            #expect(Set(titles) == ["companies", "firms"])
            #expect(entry.fields["title"] == resolution?.value)
        }
    }

    @Test func twoSessionTimesAreShownUntilSomebodyConfirmsOne() {
        let times: [JSONValue] = ["2026-10-16T10:00+02:00", "2026-10-17T10:00+02:00"]
        meeting(["kind": "session", "at": "2026-10-15T10:00+02:00"], [["at": times[0]]], [["at": times[1]]]) {
            entry, fixture in
            #expect(Set(entry.unsettled["at"] ?? []) == Set(times))
            var confirmed = fixture
            confirmed.write(["at": times[0]])
            #expect(confirmed.entry().unsettled.isEmpty)
            #expect(confirmed.entry().fields["at"] == times[0])
        }
    }

    @Test func tagsOfBothAreThereAndAddingWins() {
        meeting(
            ["kind": "note", "tags/sleep": true], [["tags/sleep": false], ["tags/work": true]],
            [["tags/sleep": false], ["tags/sleep": true, "tags/run": true]]
        ) { entry, _ in
            #expect(entry.elements(of: "tags") == ["run", "sleep", "work"])
        }
    }

    @Test func twoMoodsTwoMinutesApartAreTwoMoods() {
        var (one, other) = (Fixture(1), Fixture(2))
        one.write(["kind": "mood", "valence": 50], to: EntryID(high: 1, low: 1))
        other.write(["kind": "mood", "valence": -50], to: EntryID(high: 1, low: 2))
        Fixture.sync(&one, &other)
        #expect(one.entries.count == 2)
    }

    @Test func threeAttemptsOnThreeDevicesAreThree() {
        var fixtures = (1...3).map { Fixture($0) }
        for index in fixtures.indices {
            fixtures[index].write(
                ["kind": "note", "role": "practice", "about": .text(Text(Fixture.entry.description))],
                to: EntryID(high: 2, low: UInt64(index)))
        }
        var (one, two, three) = (fixtures[0], fixtures[1], fixtures[2])
        Fixture.sync(&one, &two)
        Fixture.sync(&two, &three)
        #expect(three.entries.filter { three.entry($0).text("role") == "practice" }.count == 3)
    }

    @Test func tenItemsHereAndTwoThereAreTwelve() {
        var (one, other) = (Fixture(1), Fixture(2))
        for low in 1...10 { one.write(homework, to: EntryID(high: 1, low: UInt64(low))) }
        for low in 11...12 { other.write(homework, to: EntryID(high: 1, low: UInt64(low))) }
        Fixture.sync(&other, &one)
        #expect(one.entries.count == 12)
        #expect(one.entries == other.entries)
    }

    @Test func movesOfDifferentItemsBothHoldAndOneItemIsInOnePlace() {
        meeting(["kind": "homework", "rank": "m"], [["rank": "a"]], [["rank": "z"]]) { entry, fixture in
            #expect(["a", "z"].contains(entry.text("rank")))
            #expect(fixture.resolution("rank")?.others.count == 1)
        }
    }

    @Test func flaggedHereAndClearedThereIsFlagged() {
        meeting(["kind": "note", "flag": false], [["flag": true]], [["flag": true], ["flag": .null]]) { entry, _ in
            #expect(entry.fields["flag"] == true)
        }
    }

    @Test func editedHereAndTrashedThereIsAliveAgain() {
        meeting(homework, [["title": "companies"]], [["gone": "trashed"]]) { entry, fixture in
            #expect(!entry.isTrashed)
            #expect(fixture.versions().isRevived)
        }
    }

    @Test func trashedStaysInTheTrashUntilALaterEditOrRestoring() {
        var fixture = Fixture(1)
        fixture.write(homework)
        fixture.write(["gone": "trashed"])
        #expect(fixture.entry().isTrashed)
        var edited = fixture
        edited.write(["title": "again"])
        #expect(!edited.entry().isTrashed)
        fixture.write(["gone": .null])
        #expect(!fixture.entry().isTrashed)
        #expect(!fixture.versions().isRevived)
    }

    @Test func trashedByBothIsInTheTrash() {
        meeting(homework, [["gone": "trashed"]], [["gone": "trashed"]]) { entry, _ in
            #expect(entry.isTrashed)
        }
    }

    @Test func commentAndEditAreBothThere() {
        var (one, other) = (Fixture(1), Fixture(2))
        one.write(homework)
        Fixture.sync(&one, &other)
        other.write(["kind": "note", "role": "comment", "body": "Well done."], to: EntryID(high: 3, low: 3))
        one.write(["title": "companies"])
        Fixture.sync(&one, &other)
        #expect(other.entry().text("title") == "companies")
        #expect(one.entry(EntryID(high: 3, low: 3)).text("body") == "Well done.")
    }

    @Test func aClockThatIsWrongByAYearChangesNothing() {
        // No resolver uses a clock; only times in fields count.
        meeting(homework, [["title": "first"], ["title": "second"]], [["title": "third"]]) { entry, _ in
            #expect(entry.text("title") == "second")
        }
    }

    @Test func aPhoneThatReturnsAfterMonthsRevertsNothing() {
        var (one, other) = (Fixture(1), Fixture(2))
        one.write(["kind": "note", "body": "old"])
        Fixture.sync(&one, &other)
        for text in ["newer", "newest"] { one.write(["body": .text(Text(text))]) }
        other.write(["kind": "note", "body": "from the phone"], to: EntryID(high: 4, low: 4))
        Fixture.sync(&one, &other)
        #expect(other.entry().text("body") == "newest")
        #expect(one.entries.count == 2)
    }

    @Test func equalValuesAreNoConflict() {
        meeting(homework, [["title": "firms"]], [["title": "firms"]]) { _, fixture in
            #expect(fixture.resolution("title")?.isConflict == false)
        }
    }

    @Test func theNextEditOfAFieldSettlesIt() {
        meeting(homework, [["title": "firms"]], [["title": "companies"]]) { _, fixture in
            var settled = fixture
            settled.write(["title": "both"])
            #expect(settled.resolution("title") == Fixture.plain("both"))
        }
    }

    @Test func aTextWhoseAncestorIsOnItsWayIsShownAndNotSettled() {
        let contexts = [1, 2].map {
            CausalContext(dot: Dot(ReplicaID(bits: $0), 1), seen: VectorClock([Dot(ReplicaID(bits: 9), 1)]))
        }
        let live = zip(["mine", "yours"] as [JSONValue], contexts).map { Version($0, $1) }
        let base = CausalContext(dot: Dot(ReplicaID(bits: 9), 1), seen: VectorClock())
        let resolution = FieldRule.prose.resolve(
            live, history: { [Version(nil, base)] + live.map { Version($0.value, $0.context) } })
        #expect(resolution.isPending)
        #expect(resolution.value == "yours")
        #expect(resolution.others == ["mine"])
    }

    @Test func versionsThatCrossedAreMergedAgainstWhatTheyShare() {
        // Both merge the other's first version and continue separately: two ancestors, which are merged first.
        var (one, other) = (Fixture(1), Fixture(2))
        one.write(["kind": "note", "body": "A.\n\nB.\n\nC."])
        Fixture.sync(&one, &other)
        one.write(["body": "A one.\n\nB.\n\nC."])
        other.write(["body": "A.\n\nB.\n\nC other."])
        Fixture.sync(&one, &other)
        one.write(["body": "A one.\n\nB.\n\nC other.\n\nD."])
        other.write(["body": "A one.\n\nB other.\n\nC other."])
        Fixture.sync(&one, &other)
        #expect(one.entry().text("body") == "A one.\n\nB other.\n\nC other.\n\nD.")
        #expect(other.entry() == one.entry())
    }
}

extension Fixture {
    /// The resolution of a field that one edit set.
    static func plain(_ value: JSONValue) -> Resolution {
        FieldRule.greatest.resolve([Version(value, CausalContext(dot: Dot(ReplicaID(bits: 1), 1), seen: VectorClock()))]
        )
    }
}
