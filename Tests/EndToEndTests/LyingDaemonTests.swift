import CanonicalJSON
import Causality
import Foundation
import Membership
import Synchronization
import Testing
import Wire

/// A server that lies about edits: the output that a person sees for each lie, and that nothing is lost by it.
///
/// `docs/threats.md` has a row for each. `LyingServerTests` shows that the same lies succeed with their defence
/// switched off, where that is possible.
@Suite struct LyingDaemonTests {
    /// Edits that the server acknowledges without keeping are sent again once it tells its clock.
    @Test func whatItOnlySaysThatItKeepsIsPutBack() throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone()
        try laptop.getsUpToDate()
        try laptop.does("note", "acknowledged and dropped")
        try liar.lying { passing in
            guard case .up(.batch(let space, let batch)) = passing else { return nil }
            return [.down(.held(space, [batch.tip(Hash256.sha256)]))]
        } while: {
            // It cannot be known yet.
            #expect(try laptop.briefly("sync").out == "Up to date: 1 sent, 0 received.\n")
            let second = try laptop.briefly("sync")
            #expect(
                second.out.contains("The server was restored from an older backup; 1 change put back, nothing lost."),
                "\(second.out)")
        }
        #expect(try laptop.getsUpToDate().putBack == 1)
        try Fixture.heal(laptop, phone, with: "acknowledged and dropped")
        liar.stop()
    }

    @Test func aServerThatGoesBackIsRefilledByWhoComes() throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone()
        try laptop.getsUpToDate()
        try liar.restarted { try laptop.copyFolder("server", to: "old") }
        try phone.does("note", "from the phone")
        try phone.getsUpToDate()
        try laptop.does("note", "from the laptop")
        try laptop.getsUpToDate()
        let before = try laptop.export()
        try liar.restarted(from: "old")
        let ran = try laptop.briefly("sync")
        #expect(
            ran.exit == 0
                && ran.out.contains("The server was restored from an older backup; 2 changes put back, nothing lost."),
            "\(ran.out)")
        // The phone never synced again, and its edits are there.
        let tablet = try laptop.joined(by: "tablet")
        #expect(try laptop.export() == before)
        try Fixture.heal(laptop, tablet, phone, with: "from the phone", "from the laptop")
        liar.stop()
    }

    /// Edits that are hidden from one device are named by another; until then it cannot be known.
    @Test(arguments: [true, false])
    func whatItHidesIsNamedBySomebodyWhoSawIt(isRowShown: Bool) throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        try laptop.connect()
        let (phone, tablet) = (try laptop.joined(by: "phone"), try laptop.joined(by: "tablet"))
        let feed = try phone.writes("from the phone, hidden")
        for each in [laptop, phone, tablet, laptop] { try each.getsUpToDate() }
        try phone.writes("from the phone, newest")
        try phone.getsUpToDate()
        let known = try laptop.export()
        try liar.lying(Self.hiding(feed, isRowShown: isRowShown)) {
            if isRowShown {
                try laptop.hears([.withheld("phone", 1)], "\(liar.address) holds back 1 change of phone.")
            } else {
                // The newest batch of a feed, hidden with its row.
                #expect(try laptop.briefly("sync").out == "Up to date.\n")
                try tablet.getsUpToDate()
            }
            #expect(try laptop.export() == known)
        }
        try tablet.getsUpToDate()
        try tablet.writes("from the tablet, that saw it")
        try tablet.getsUpToDate()
        try liar.lying(Self.hiding(feed, isRowShown: isRowShown)) {
            try laptop.hears([.withheld("phone", 1)], "\(liar.address) holds back 1 change of phone.")
            #expect(try laptop.export() == known)
            try laptop.writes("from the laptop, meanwhile")
        }
        try Fixture.heal(
            laptop, phone, tablet, with: "from the phone, newest", "from the tablet, that saw it",
            "from the laptop, meanwhile")
        liar.stop()
    }

    /// Hides a feed beyond the part that the device has, with its row or without.
    private static func hiding(_ feed: ReplicaID, isRowShown: Bool) -> LyingDaemon.Lie {
        let known = Mutex(Frontier())
        return { passing in
            func less(_ clock: Frontier) -> Frontier {
                guard !isRowShown else { return clock }
                var less = Frontier()
                for end in clock.ends where end.dot.replica != feed { less.advance(to: end) }
                if let end = known.withLock({ $0[feed] }) { less.advance(to: end) }
                return less
            }
            switch passing {
            case .up(.open(_, let clock)):
                known.withLock { $0 = clock }
                return nil
            case .down(.batch(_, let batch)) where batch.header.replica == feed: return []
            case .down(.opened(let space, let clock, let forked, let missing)):
                return [.down(.opened(space, clock: less(clock), forked: forked, missing: missing))]
            default: return nil
            }
        }
    }

    /// Two devices are shown two servers, and a third, restored from a backup, writes to both under one replica.
    @Test func twoHistoriesAreFoundWhereTheyMeet() throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        try laptop.connect()
        let (phone, tablet) = (try laptop.joined(by: "phone"), try laptop.joined(by: "tablet"))
        try phone.writes("from the phone")
        for each in [laptop, phone, tablet, laptop] { try each.getsUpToDate() }
        try liar.restarted { try laptop.copyFolder("server", to: "other") }
        let other = try Daemon(laptop, "other")
        try laptop.copyFolder("phone", to: "backup")

        try phone.writes("from the phone, to one")
        for each in [phone, laptop] { try each.getsUpToDate() }
        // As a whole disk is restored: every file keeps its identity.
        let back = try laptop.startShell(
            "cd \"$1\" && for f in *; do [ -e \"$2/$f\" ] || rm -r \"$f\"; done; cp -a \"$2/.\" .", phone.home,
            laptop.folder.path + "/backup"
        ).wait()
        try #require(back.exit == 0, "\(back.err)")
        try liar.show(other)
        try phone.writes("from the phone, to another")
        for each in [phone, tablet] { try each.getsUpToDate() }
        let (one, another) = (try laptop.export(), try tablet.export())
        #expect(one.contains("to one") && !one.contains("to another"))
        #expect(another.contains("to another") && !another.contains("to one"))

        try liar.showsItsOwn()
        let met = try tablet.briefly("sync")
        #expect(
            met.out.contains(
                "phone was copied or put back, and wrote twice under one name: written again, nothing lost."),
            "\(met.out)")
        // Nobody lies to it now.
        #expect(met.exit == 0)
        try Fixture.heal(tablet, laptop, phone, with: "from the phone, to one", "from the phone, to another")
        liar.stop()
        #expect(other.stop().exit == 0)
    }

    enum Proof: CaseIterable { case whatIsThere, none, twice }

    @Test(arguments: Proof.allCases)
    func aForkThatIsNoneMovesNothing(proof: Proof) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone()
        try laptop.writes("from the laptop")
        try phone.writes("from the phone")
        for each in [laptop, phone, laptop] { try each.getsUpToDate() }
        let before = try laptop.export()
        try liar.lying { passing in
            switch passing {
            case .down(.opened(let space, let clock, _, let missing)):
                return [.down(.opened(space, clock: clock, forked: clock.ends.map(\.dot.replica), missing: missing))]
            case .down(.tips(let space, let feed, _)): return [.down(.tips(space, feed, ends: []))]
            case .up(.proof(let space, let dot)):
                switch proof {
                case .whatIsThere: return nil
                case .none: return [.down(.error(WireError(.gap, space: space, dot: dot)))]
                case .twice:
                    return [.down(.error(WireError(.fork, space: space, dot: dot))), .up(.proof(space, dot))]
                }
            default: return nil
            }
        } while: {
            try laptop.hears(
                [.stuck("phone"), .stuck("this device")],
                "does not take changes of phone, and shows no reason that holds.",
                "does not take changes of this device, and shows no reason that holds.")
        }
        #expect(try laptop.export() == before, "nothing was signed again")
        let edits = try laptop.served().map(\.edits)
        try Fixture.heal(laptop, phone, with: "from the laptop", "from the phone")
        #expect(try laptop.served().map(\.edits) == edits)
        liar.stop()
    }

    @Test func whatComesAgainOrLateIsTakenOnce() throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone()
        for number in 1...3 {
            try phone.writes("number \(number)")
            try phone.getsUpToDate()
        }
        let all = Mutex<[Message]>([])
        try liar.lying { passing in
            guard case .down(let message) = passing, case .batch = message else { return nil }
            let before = all.withLock { all in
                all.append(message)
                return all
            }
            // All messages so far, repeatedly.
            return (before + before.reversed()).map { .down($0) }
        } while: {
            let synced = try Synced(parsing: laptop.briefly("--json", "sync"))
            #expect(synced.state == "up_to_date" && synced.json["alarms"] == [], "\(synced.ran.out)")
            #expect(try Fixture.areEqual(laptop, phone).split(separator: "\n").count == 3)
        }
        try Fixture.heal(laptop, phone, with: "number 1", "number 2", "number 3")
        liar.stop()
    }

    /// Batches in another order than they were written in are refused until they arrive in order.
    @Test func anotherOrderChangesNothing() throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone()
        for number in 1...2 {
            try phone.writes("number \(number)")
            try phone.getsUpToDate()
        }
        let held = Mutex<Message?>(nil)
        try liar.lying { passing in
            guard case .down(let message) = passing, case .batch = message else { return nil }
            return held.withLock { held in
                defer { held = held == nil ? message : nil }
                return held.map { [.down(message), .down($0)] } ?? []
            }
        } while: {
            _ = try laptop.briefly("sync")
        }
        try Fixture.heal(laptop, phone, with: "number 1", "number 2")
        liar.stop()
    }

    enum Damage: CaseIterable {
        case flipsABit, swapsBoxes, movesToAnotherEntry, changesFields, takesAnEditAway, forgets, forgetsWhatWasSeen
        case namesAnotherEpoch, signsItself
    }

    @Test(arguments: Damage.allCases)
    func whatItChangesIsNotTaken(damage: Damage) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone(writing: "from the laptop")
        try phone.writes("before")
        for each in [phone, laptop] { try each.getsUpToDate() }
        try laptop.writes("from the laptop again")
        for each in [laptop, phone] { try each.getsUpToDate() }
        try phone.writes("one")
        try phone.writes("two")
        try phone.getsUpToDate()
        let known = try laptop.export()
        try liar.lying { passing in
            guard case .down(.batch(let space, let batch)) = passing, batch.edits.count > 1 else { return nil }
            return [.down(.batch(space, Self.damaged(batch, damage)))]
        } while: {
            try laptop.hears([.withheld("phone", damage == .takesAnEditAway ? 1 : 2)], "holds back", "of phone.")
            #expect(try laptop.export() == known)
        }
        try Fixture.heal(laptop, phone, with: "one", "two", "from the laptop")
        liar.stop()
    }

    private static func damaged(_ batch: Batch, _ damage: Damage) -> Batch {
        var (header, edits) = (batch.header, batch.edits)
        var signature = batch.signature
        func changed(count: Int? = nil, seen: [Tip]? = nil, epoch: Hash256? = nil) -> BatchHeader {
            BatchHeader(
                replica: header.replica, first: header.first, count: count ?? header.count, previous: header.previous,
                seen: seen ?? header.seen, head: header.head, epoch: epoch ?? header.epoch, origin: header.origin)
        }
        func edit(_ index: Int, _ entry: EntryID? = nil, tokens: [FieldToken]? = nil) -> Edit {
            let old = edits[index].header
            let new = EditHeader(
                entry: entry ?? old.entry, tokens: tokens ?? old.tokens, group: old.group, unread: old.unread,
                boxHash: old.boxHash)
            return Edit(new, box: edits[index].box)
        }
        switch damage {
        case .flipsABit: edits[0].box?[20] ^= 1
        case .swapsBoxes: (edits[0].box, edits[1].box) = (edits[1].box, edits[0].box)
        case .movesToAnotherEntry: edits[0] = edit(0, edits[1].header.entry)
        case .changesFields: edits[0] = edit(0, tokens: Array(edits[0].header.tokens.dropLast()))
        case .takesAnEditAway:
            edits.removeLast()
            header = changed(count: edits.count)
        case .forgets:
            let old = edits[0].header
            let forget = EditHeader(entry: old.entry, tokens: [], isForget: true, group: old.group, boxHash: nil)
            edits[0] = Edit(forget, box: nil)
        case .forgetsWhatWasSeen: header = changed(seen: Array(header.seen.dropLast()))
        case .namesAnotherEpoch: header = changed(epoch: header.head)
        case .signsItself: signature[0] ^= 1
        }
        return Batch(header, signature: signature, edits: edits)
    }

    enum Stripping: CaseIterable { case hasNone, hasOthers, saysNothing }

    /// It sends edits without their boxes.
    @Test(arguments: [Stripping.hasNone, .hasOthers])
    func whoeverLacksContentsIsToldAndNotUpToDate(stripping: Stripping) throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        for number in 1...3 { try laptop.writes("note \(number)") }
        try laptop.connect()
        let phone = try laptop.joined(by: "phone")
        let tablet = try liar.lying(Self.stripping(stripping)) {
            let tablet = laptop.at("tablet")
            let pairing = try Pairing(on: laptop)
            let joined = try tablet.briefly("join", pairing.string, "--trust", "--name", "tablet")
            #expect(joined.exit == 6, "\(joined.out)\(joined.err)")
            #expect(joined.err.contains("\(liar.address) holds back what"), "\(joined.err)")
            #expect(pairing.wait() == 0)
            return tablet
        }
        try phone.getsUpToDate()
        try laptop.writes("note 4")
        try laptop.getsUpToDate()
        let known = try phone.export()
        try liar.lying(Self.stripping(stripping)) {
            try phone.hears([], missing: 1, "\(liar.address) holds back what 1 change says.")
            #expect(try phone.export() == known)
        }
        try Fixture.heal(laptop, phone, tablet, with: "note 1", "note 2", "note 3", "note 4")
        liar.stop()
    }

    private static func stripping(_ stripping: Stripping) -> LyingDaemon.Lie {
        { passing in
            switch passing {
            case .down(.batch(let space, var batch)):
                for index in batch.edits.indices { batch.edits[index].box = nil }
                return [.down(.batch(space, batch))]
            case .down(.box(let space, let dot, let box)):
                return [.down(.box(space, dot, stripping == .hasNone ? nil : box.map { $0.reversed() }))]
            default: return nil
            }
        }
    }

    @Test(arguments: [ErrorCode.tooLarge, .rights, .fork, .signature, .late, .missing, .gap, .tooManyFeeds])
    func whatItRefusesStaysInView(code: ErrorCode) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone()
        try laptop.getsUpToDate()
        try laptop.writes("what must not be forgotten")
        let before = try laptop.export()
        try liar.lying { passing in
            guard case .up(.batch(let space, let batch)) = passing else { return nil }
            return [.down(.error(WireError(code, space: space, dot: batch.header.firstDot)))]
        } while: {
            try laptop.hears(
                [.stuck("this device", 1)],
                "\(liar.address) does not take 1 change of this device, and shows no reason that holds.")
        }
        #expect(try laptop.export() == before)
        #expect(try laptop.does("list").out.contains("what must not be forgotten"))
        #expect(try laptop.btw("find", "forgotten").exit == 0)
        #expect(try laptop.does("quarantine").out == "Nothing is quarantined.\n")
        #expect(try laptop.btw("doctor").exit == 6, "the home is sound, and the server is not")
        try Fixture.heal(laptop, phone, with: "what must not be forgotten")
        try laptop.isSound()
        liar.stop()
    }

    /// It refuses edits that it acknowledged long ago, this device's and another's.
    @Test(arguments: [ErrorCode.tooLarge, .rights])
    func whatItRefusesAfterwardsStaysInView(code: ErrorCode) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone()
        let feeds = [try laptop.writes("from the laptop"), try phone.writes("from the phone")]
        for each in [laptop, phone, laptop] { try each.getsUpToDate() }
        let before = try laptop.export()
        try liar.lying { passing in
            guard case .down(let message) = passing, case .opened(let space, _, _, _) = message else { return nil }
            return [.down(message)]
                + feeds.map { .down(.error(WireError(code, space: space, dot: Dot($0, 1)))) }
        } while: {
            _ = try laptop.briefly("sync")
            #expect(try laptop.export() == before)
            // Reported while it stays connected.
            let ran = try laptop.briefly("sync")
            #expect([0, 6].contains(ran.exit), "\(ran.out)\(ran.err)")
        }
        #expect(try laptop.export() == before)
        #expect(try laptop.does("quarantine").out == "Nothing is quarantined.\n")
        try Fixture.heal(laptop, phone, with: "from the laptop", "from the phone")
        liar.stop()
    }
}
