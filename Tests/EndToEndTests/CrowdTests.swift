import Testing

/// Several processes on one home at a time.
@Suite struct CrowdTests {
    @Test func twoWriteFiveHundredNotesEachWhileAThirdSearches() throws {
        let desk = try Desk(isOnDisk: true)
        try desk.does("note", "needle, the first")
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
        let left = try desk.startShell(writing, "left")
        let right = try desk.startShell(writing, "right")
        let searcher = try desk.startShell(searching)
        for child in [left, right, searcher] {
            #expect(child.wait() == Ran(exit: 0, output: [], talk: []))
        }
        let bodies = try desk.btw("list", "--json").entries().compactMap(\.body)
        let written = ["left", "right"].flatMap { side in (1...500).map { "needle \(side) \($0)" } }
        #expect(bodies.count == 1_001)
        #expect(Set(bodies) == Set(written + ["needle, the first"]))
        try desk.isSound()
    }

    @Test func oneHomeIsFoundedOnceByAllWhoStartAtTheSameTime() throws {
        let desk = try Desk()
        let children = try (1...6).map { try desk.start(["note", "number \($0)"]) }
        let all = children.map { $0.wait() }
        for ran in all { #expect(ran.exit == 0 && ran.complaint == "", "\(ran.err)") }
        #expect(all.count { $0.err.hasPrefix(Ran.begun) } == 1)
        let entries = try desk.btw("list", "--json").entries()
        #expect(Set(entries.compactMap(\.body)) == Set((1...6).map { "number \($0)" }))
        #expect(Set(entries.compactMap { $0["author"] }).count == 1)
        try desk.isSound()
    }

    @Test func editsOfOneEntryByManyAllHold() throws {
        let desk = try Desk()
        let id = try desk.makes("note", "x").id
        let children = try (1...8).map { try desk.start(["edit", id, "--set", "tags+=tag\($0)"]) }
        for child in children { #expect(child.wait().exit == 0) }
        #expect(try desk.makes("show", id).tags == (1...8).map { "tag\($0)" })
    }

    @Test func forgettingLeavesNoTraceWhileOthersRead() throws {
        let desk = try Desk()
        for number in 1...20 { try desk.does("note", "note \(number)") }
        let id = try desk.makes("note", "canary-in-a-crowd").id
        let reading = """
            while [ ! -e "$HOME/over" ]; do "$BTW" list >/dev/null || echo refused; done
            """
        let readers = try [desk.startShell(reading), desk.startShell(reading)]
        let forgotten = try desk.btw("forget", id, "--yes")
        _ = try desk.file("over", "")
        for reader in readers { #expect(reader.wait() == Ran(exit: 0, output: [], talk: [])) }
        #expect(forgotten.exit == 0, "\(forgotten.err)")
        #expect(try desk.homeFiles(holding: "canary-in-a-crowd") == [])
    }
}
