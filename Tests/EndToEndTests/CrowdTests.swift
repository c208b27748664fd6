import Testing

/// Several processes on one home at a time.
@Suite struct CrowdTests {
    @Test func twoWriteFiveHundredNotesEachWhileAThirdSearches() throws {
        let fixture = try Fixture(isOnDisk: true)
        try fixture.does("note", "needle, the first")
        let writing = """
            i=1
            while [ $i -le 500 ]; do
                "$BTW" note "needle $1 $i" >/dev/null || echo "refused: $i"
                i=$((i + 1))
            done
            echo >"$HOME/over-$1"
            """
        let searching = """
            while [ ! -e "$HOME/over-left" ] || [ ! -e "$HOME/over-right" ]; do
                "$BTW" find needle >"$HOME/found" || echo "refused"
                now=$(wc -l <"$HOME/found")
                [ "$now" -ge "${last:-1}" ] || echo "lost: $last, then $now"
                last=$now
            done
            """
        let left = try fixture.startShell(writing, "left")
        let right = try fixture.startShell(writing, "right")
        let searcher = try fixture.startShell(searching)
        for child in [left, right, searcher] {
            #expect(child.wait() == Ran(exit: 0, output: [], talk: []))
        }
        let bodies = try fixture.btw("list", "--json").entries().compactMap(\.body)
        let written = ["left", "right"].flatMap { side in (1...500).map { "needle \(side) \($0)" } }
        #expect(bodies.count == 1_001)
        #expect(Set(bodies) == Set(written + ["needle, the first"]))
        try fixture.isSound()
    }

    @Test func oneHomeIsFoundedOnceByAllWhoStartAtTheSameTime() throws {
        let fixture = try Fixture()
        let children = try (1...6).map { try fixture.start(["note", "number \($0)"]) }
        let all = children.map { $0.wait() }
        for ran in all { #expect(ran.exit == 0 && ran.complaint == "", "\(ran.err)") }
        #expect(all.count { $0.err.hasPrefix(Ran.begun) } == 1)
        let entries = try fixture.btw("list", "--json").entries()
        #expect(Set(entries.compactMap(\.body)) == Set((1...6).map { "number \($0)" }))
        #expect(Set(entries.compactMap { $0["author"] }).count == 1)
        try fixture.isSound()
    }

    @Test func editsOfOneEntryByManyAllHold() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "x").id
        let children = try (1...8).map { try fixture.start(["edit", id, "--set", "tags+=tag\($0)"]) }
        for child in children { #expect(child.wait().exit == 0) }
        #expect(try fixture.makes("show", id).tags == (1...8).map { "tag\($0)" })
    }

    @Test func forgettingLeavesNoTraceWhileOthersRead() throws {
        let fixture = try Fixture()
        for number in 1...20 { try fixture.does("note", "note \(number)") }
        let id = try fixture.makes("note", "canary-in-a-crowd").id
        let reading = """
            while [ ! -e "$HOME/over" ]; do "$BTW" list >/dev/null || echo refused; done
            """
        let readers = try [fixture.startShell(reading), fixture.startShell(reading)]
        let forgotten = try fixture.btw("forget", id, "--yes")
        _ = try fixture.file("over", "")
        for reader in readers { #expect(reader.wait() == Ran(exit: 0, output: [], talk: [])) }
        #expect(forgotten.exit == 0, "\(forgotten.err)")
        #expect(try fixture.homeFiles(holding: "canary-in-a-crowd") == [])
    }
}
