import Foundation
import Testing

/// `kill -9` of either side at every call that changes a file, while fifty edits are in flight.
@Suite(.enabled(if: KillShim.path != nil, "needs Linux and a C compiler, to end a process at a write of our choice"))
struct ServerKillTests {
    /// More calls than any run here makes.
    static let callsMax = 5_000
    static let pushed = 50

    @Test func whatTheServerAcknowledgedIsThereWhereverItWasKilled() async throws {
        let fixture = try Fixture()
        let first = try Daemon(fixture)
        let address = first.address
        try fixture.does("note", "the first")
        try fixture.connect()
        let empty = try fixture.copied(to: "reader")
        #expect(first.stop().exit == 0)
        let step = 2
        var points = 0
        var written = 1
        var acknowledged = 1
        for call in stride(from: 1, through: Self.callsMax, by: step) {
            try await fixture.writeNotes((0..<Self.pushed).map { "call \(call), note \($0), \(Self.padding)" })
            written += Self.pushed
            let daemon = try Daemon(fixture, listen: address, killedAt: call)
            let synced = try fixture.sync()
            acknowledged += synced.sent
            // If it was not killed until its clean end, all calls were covered.
            let ended = daemon.stop()
            if !ended.wasKilled {
                #expect(ended.exit == 0 && synced.state == "up_to_date", "call \(call)")
                break
            }
            points += 1
            let held = try fixture.served().map(\.edits)
            #expect(held.count == 1 && held[0] >= acknowledged && held[0] <= written, "call \(call): \(held)")
            #expect(synced.state != "up_to_date" || synced.waiting == 0 && held == [written], "call \(call)")
            // Now and then without a fault: all waiting edits go, and another device gets them.
            guard points.isMultiple(of: 20) else { continue }
            acknowledged += try finish(fixture, empty, address, written, "call \(call)")
        }
        _ = try finish(fixture, empty, address, written, "the end")
        print("btwd killed at \(points) calls, at each \(step)nd one")
        #expect(points >= 60)
    }

    @Test func aPushIsTakenUpAgainWhereverTheDeviceWasKilled() async throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        let reader = try fixture.copied(to: "reader")
        var points = 0
        var written = 1
        for call in 1...Self.callsMax {
            try await fixture.writeNotes((0..<Self.pushed).map { "call \(call), note \($0)" })
            written += Self.pushed
            let cut = try fixture.with(KillShim.variables(at: call)).btw("sync", "--json")
            guard cut.wasKilled else {
                #expect(cut.exit == 0, "call \(call): \(cut.err)")
                break
            }
            points += 1
            // Output means that the sync was confirmed.
            if !cut.output.isEmpty { #expect(try fixture.served().map(\.edits) == [written], "call \(call)") }
            // Killed again during the recovery.
            let again = try fixture.with(KillShim.variables(at: 1 + (call * 7) % 30)).btw("sync", "--json")
            if again.wasKilled { points += 1 }
            let synced = try fixture.getsUpToDate()
            #expect(synced.putBack == 0, "call \(call)")
            #expect(try fixture.served().map(\.edits) == [written], "call \(call)")
        }
        try reader.getsUpToDateSoon()
        try Fixture.areEqual(fixture, reader)
        #expect(try fixture.btw("list").lines.count == written)
        for each in [fixture, reader] { try each.isSound() }
        print("btw sync killed at \(points) calls of a push, at each one and once more")
        #expect(points >= 60)
        #expect(daemon.stop().exit == 0)
    }

    @Test func aFirstDownloadIsTakenUpAgainWhereverItWasKilled() async throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        let early = try fixture.copied(to: "early")
        // Ten batches of a hundred kilobytes, more than share a transaction, so that some are on the disk and others
        // are not.
        let long = String(repeating: "word ", count: 4_000)
        for round in 0..<10 {
            try await fixture.writeNotes((0..<Self.pushed / 10).map { "round \(round), note \($0), \(long)" })
            try fixture.getsUpToDate()
        }
        let whole = try await fixture.soundExport()
        #expect(whole.count == Self.pushed + 1)
        let step = 24
        var points = 0
        for call in stride(from: 1, through: Self.callsMax, by: step) {
            let reader = try early.copied(to: "reader")
            let cut = try reader.with(KillShim.variables(at: call)).btw("sync", "--json")
            guard cut.wasKilled else {
                #expect(cut.exit == 0, "call \(call): \(cut.err)")
                break
            }
            points += 1
            let held = try await reader.soundExport("call \(call)")
            #expect(Set(held).isSubset(of: Set(whole)), "call \(call)")
            if !cut.output.isEmpty { #expect(held == whole, "call \(call)") }
            let rest = try reader.sync()
            #expect(rest.state != "offline" && rest.received <= whole.count, "call \(call)")
            #expect(try await reader.soundExport("call \(call)") == whole, "call \(call)")
        }
        #expect(try fixture.served().map(\.edits) == [Self.pushed + 1])
        print("btw sync killed at \(points) calls of a download, at each \(step)th one")
        #expect(points >= 60)
        #expect(daemon.stop().exit == 0)
    }

    /// Long enough that a push takes many pages.
    private static let padding = String(repeating: "and what it brought ", count: 40)

    /// Serves without a fault until all is there, and another device has it.
    ///
    /// - Returns: how many edits were sent.
    private func finish(
        _ fixture: Fixture, _ reader: Fixture, _ address: String, _ written: Int, _ comment: Comment
    ) throws -> Int {
        let daemon = try Daemon(fixture, listen: address)
        let synced = try fixture.getsUpToDate()
        #expect(try fixture.served().map(\.edits) == [written], comment)
        _ = try reader.sync()
        try Fixture.areEqual(fixture, reader)
        #expect(daemon.stop().exit == 0, comment)
        return synced.sent
    }
}
