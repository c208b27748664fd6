import Foundation
import Testing

/// Kill -9 while a device joins: it joins after all, and both devices have the same entries.
@Suite(.enabled(if: KillShim.path != nil)) struct JoinKillTests {
    private static let entries = 50

    private func laptop() async throws -> (Desk, Daemon) {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try await desk.writeNotes((0..<Self.entries).map { "note \($0)" })
        try desk.connect()
        return (desk, daemon)
    }

    @Test func aJoinIsTakenUpAgainWhereverTheNewcomerWasKilled() async throws {
        let (desk, daemon) = try await laptop()
        // Densely at first, where the newcomer becomes a member. A person may have 64 devices, and some of the killed
        // ones are members.
        var (points, again) = (0, 0)
        for call in sequence(first: 1, next: { $0 + 3 + $0 / 4 }).prefix(60) {
            let phone = desk.at("phone \(call)")
            let pairing = try Pairing(on: desk)
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
                let second = try Pairing(on: desk)
                let joined = try phone.btw("join", second.string, "--trust", "--yes", "--name", "phone")
                #expect(joined.exit == 0, "call \(call): \(joined.err)")
                if joined.exit != 0 { second.end() }
                #expect(second.wait() == 0, "call \(call): \(second.talk)")
            }
            try desk.getsInStep()
            try Desk.areEqual(desk, phone)
            try FileManager.default.removeItem(atPath: phone.home)
        }
        print("btw join killed at \(points) calls; \(again) joined again")
        #expect(points >= 10)
        try desk.isSound()
        #expect(daemon.stop().exit == 0)
    }
}
