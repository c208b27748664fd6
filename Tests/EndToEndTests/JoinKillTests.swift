import Foundation
import Testing

/// Kill -9 while a device joins: it joins after all, and both devices have the same entries.
@Suite(.enabled(if: KillShim.path != nil)) struct JoinKillTests {
    private static let entries = 50

    private func laptop() async throws -> (Fixture, Daemon) {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try await fixture.writeNotes((0..<Self.entries).map { "note \($0)" })
        try fixture.connect()
        return (fixture, daemon)
    }

    @Test func aJoinIsTakenUpAgainWhereverTheNewcomerWasKilled() async throws {
        let (fixture, daemon) = try await laptop()
        // Densely at first, where the newcomer becomes a member. A person may have 64 devices, and some of the killed
        // ones are members.
        var (points, again) = (0, 0)
        for call in sequence(first: 1, next: { $0 + 3 + $0 / 4 }).prefix(60) {
            let phone = fixture.at("phone \(call)")
            let pairing = try Pairing(on: fixture)
            let cut = try phone.with(KillShim.variables(at: call)).btw(
                "join", pairing.string, "--trust", "--yes", "--name", "phone")
            pairing.end()
            guard cut.wasKilled else {
                #expect(cut.exit == 0, "call \(call): \(cut.err)")
                break
            }
            points += 1
            // If the journal is joined already, it continues; otherwise it joins with a new string.
            _ = try phone.btw("sync")
            if try phone.btw("list").lines.count < Self.entries {
                again += 1
                let second = try Pairing(on: fixture)
                let joined = try phone.btw("join", second.string, "--trust", "--yes", "--name", "phone")
                #expect(joined.exit == 0, "call \(call): \(joined.err)")
                if joined.exit != 0 { second.end() }
                #expect(second.wait() == 0, "call \(call): \(second.talk)")
            }
            try fixture.getsUpToDate()
            try Fixture.areEqual(fixture, phone)
            try FileManager.default.removeItem(atPath: phone.home)
        }
        print("btw join killed at \(points) calls; \(again) joined again")
        #expect(points >= 10)
        try fixture.isSound()
        #expect(daemon.stop().exit == 0)
    }
}
