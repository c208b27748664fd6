import Between
import Records
import Testing

/// A home with two spaces at two servers.
@Suite(.enabled(if: Daemon.path != nil, "needs btwd beside btw")) struct SpacesTests {
    @Test func twoSpacesAtTwoServersAreWrittenSyncedAndReadBackEachForItself() async throws {
        let fixture = try Fixture()
        let daemons = try [Daemon(fixture), Daemon(fixture, "office")]
        let journal = try await fixture.journal()
        let ana = try await journal.home.addSpace(named: "ana")
        let own = try await journal.add(Note("only for me"))
        try await ana.add(Note("for both of us"))
        #expect(try await journal.connect(fixture.string()).isUpToDate)
        #expect(try await ana.connect(fixture.string(server: "office")).isUpToDate)
        let servers = [try await journal.server(), try await ana.server()]
        #expect(servers == daemons.map { Optional($0.address) })

        try await journal.add(Note("later, mine"))
        try await ana.add([Note("later, ours").draft, Note("and one more").draft])
        let outcomes = try await journal.home.sync()
        #expect(outcomes.mapValues(\.isUpToDate) == ["journal": true, "ana": true])
        #expect(outcomes.mapValues(\.sent) == ["journal": 1, "ana": 2])
        #expect(outcomes.mapValues(\.server) == ["journal": daemons[0].address, "ana": daemons[1].address])
        #expect(try await journal.home.check().isSound)

        // A device of each space alone gets that space, from its server.
        let phone = try await joined(journal, at: fixture.folder.path + "/phone")
        let tablet = try await joined(ana, at: fixture.folder.path + "/tablet")
        let (mine, ours) = (["later, mine", "only for me"], ["and one more", "for both of us", "later, ours"])
        for space in [journal, phone] { #expect(try await Self.bodies(space) == mine) }
        for space in [ana, tablet] { #expect(try await Self.bodies(space) == ours) }

        // Both are kept up to date at once, and a change comes back through the other server.
        let live = Task { try await journal.home.run() }
        try await journal.add(Note("live, mine"))
        try await tablet.add(Note("live, ours"))
        try await tablet.sync()
        let end = ContinuousClock.now + .seconds(30)
        while true {
            let (came, went) = (try await Self.bodies(ana), try await Self.bodies(phone))
            if came.contains("live, ours"), went.contains("live, mine") { break }
            try #require(ContinuousClock.now < end, "\(came), \(went)")
            try await phone.sync()
            try await Task.sleep(for: .milliseconds(20))
        }
        live.cancel()
        _ = await live.result
        for (space, other) in [(journal, "live, ours"), (ana, "live, mine")] {
            #expect(try await !Self.bodies(space).contains(other))
        }

        // One server away stops nothing of the other.
        daemons[0].stop()
        try await journal.forget(own.id)
        try await ana.add(Note("the other goes on"))
        let apart = try await journal.home.sync()
        #expect(apart["journal"]?.state == .offline && apart["ana"]?.isUpToDate == true)
        for space in [journal, phone, tablet] { try await space.home.close() }
        daemons[1].stop()
    }

    @Test func twoSpacesAtOneServerAreSyncedAlike() async throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let journal = try await fixture.journal()
        let ana = try await journal.home.addSpace(named: "ana")
        for space in [journal, ana] {
            try await space.add(Note("before, in \(space.name)"))
            #expect(try await space.connect(fixture.string()).isUpToDate)
            try await space.add(Note("after, in \(space.name)"))
        }
        let outcomes = try await journal.home.sync()
        #expect(outcomes.mapValues(\.isUpToDate) == ["journal": true, "ana": true])
        #expect(outcomes.mapValues(\.sent) == ["journal": 1, "ana": 1])
        let tablet = try await joined(ana, at: fixture.folder.path + "/tablet")
        #expect(try await Self.bodies(tablet) == ["after, in ana", "before, in ana"])
        for space in [journal, tablet] { try await space.home.close() }
        daemon.stop()
    }

    private static func bodies(_ space: JournalSpace) async throws -> [String] {
        try await space.entries().compactMap { $0.text("body") }.sorted()
    }

    /// A second device of a space, with a home of its own, in which it is the private one.
    private func joined(_ space: JournalSpace, at path: String) async throws -> JournalSpace {
        let (strings, string) = AsyncStream.makeStream(of: String.self)
        async let added: String = {
            defer { string.finish() }
            return try await space.addDevice(showing: { string.yield($0) }, confirming: { _ in true })
        }()
        for await typed in strings {
            #expect(try await Journal.join(typed, at: path, name: "second", confirming: { _ in true }).isUpToDate)
            break
        }
        #expect(try await added == "second")
        return try await Journal.open(at: path).personal
    }
}
