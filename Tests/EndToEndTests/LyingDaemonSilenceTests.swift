import Causality
import Foundation
import Testing
import Wire

/// A server that says nothing, or never stops: commands that talk to it end nevertheless.
@Suite struct LyingDaemonSilenceTests {
    /// The answers that it withholds.
    enum Silence: CaseIterable {
        case challenge, welcome, log, opened, held
        /// `opened`; it sends signs of life instead.
        case alive
        /// `log`; it sends messages without progress instead.
        case idle

        func isOf(_ message: Message) -> Bool {
            switch (self, message) {
            case (.challenge, .challenge), (.welcome, .welcome), (.log, .log), (.opened, .opened), (.held, .held),
                (.alive, .opened), (.idle, .log):
                true
            default: false
            }
        }
    }

    /// All of them concurrently, since the timeout is a minute.
    @Test func whereverItFallsSilentCommandsEnd() throws {
        let start = ContinuousClock.now
        let waiting = try Silence.allCases.map { silence in
            let laptop = try Fixture()
            let liar = try LyingDaemon(laptop)
            try laptop.connect()
            try laptop.writes("waits")
            liar.lies { passing in
                guard case .down(let message) = passing, silence.isOf(message) else { return nil }
                return switch silence {
                case .alive: [.flood(.pong)]
                case .idle: message.space.map { [.flood(.held($0, []))] }
                default: []
                }
            }
            return (silence, laptop, liar, try laptop.start(["--json", "sync"]))
        }
        for (silence, laptop, liar, child) in waiting {
            let synced = try Synced(parsing: child.wait())
            #expect(
                synced.ran.exit == 0 && synced.state == "offline" && synced.waiting == 1,
                "\(silence): \(synced.ran.out)")
            #expect(ContinuousClock.now - start < .seconds(100), "\(silence)")
            #expect(liar.isHonest() > 0)
            try laptop.getsUpToDate()
            liar.stop()
        }
    }

    enum Junk: CaseIterable { case credit, offers, records, boxes, batches }

    @Test(arguments: Junk.allCases)
    func whatNeverStopsEndsToo(junk: Junk) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone()
        try phone.writes("from the phone")
        try phone.getsUpToDate()
        try laptop.writes("from the laptop")
        let known = try laptop.export()
        try liar.lying { passing in
            switch (junk, passing) {
            case (.credit, .down(.log)): return [.flood(.credit(bytes: 1))]
            case (.offers, .down(.log)): return Slot([UInt8](repeating: 7, count: 16)).map { [.flood(.offer($0))] }
            case (.records, .down(.log(let space, let end))):
                return [.flood(.append(space, previous: end.head, record: Array("{}".utf8)))]
            case (.boxes, .down(.opened(let space, _, _, _))):
                return [passing, .flood(.box(space, Dot(ReplicaID(bits: 7), 7), [1, 2, 3]))]
            case (.batches, .down(.batch(let space, let batch))): return [.flood(.batch(space, batch))]
            default: return nil
            }
        } while: {
            let ran = try laptop.briefly("sync")
            #expect([0, 5, 6].contains(ran.exit), "\(ran.exit) \(ran.out)\(ran.err)")
            #expect(try laptop.export().contains(known.split(separator: "\n").first ?? "?"))
        }
        try Fixture.heal(laptop, phone, with: "from the phone", "from the laptop")
        liar.stop()
    }
}
