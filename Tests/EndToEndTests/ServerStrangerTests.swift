import Foundation
import Testing

/// Other clients at the port: they keep nobody from syncing, and nothing grows.
@Suite struct ServerStrangerTests {
    static let kilobytesMax = 150_000

    @Test(arguments: ["http", "tls", "text", "endless", "zeroes", "nothing"])
    func whatIsNotOursIsClosedWithoutAWordOfItInTheLog(_ kind: String) throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        let file = try #require(ServerStranger.connect(to: daemon.port, from: 2))
        switch kind {
        case "http": ServerStranger.send(Array("GET /canary-of-a-stranger HTTP/1.1\r\nHost: x\r\n\r\n".utf8), to: file)
        case "tls":
            // The header of a TLS record, followed by noise.
            let noise = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 151) }
            ServerStranger.send([0x16, 0x03, 0x01, 0x02, 0x58] + noise, to: file)
        case "text": ServerStranger.send(Array("canary-of-a-stranger\n{\"type\":\"hello\"}\n".utf8), to: file)
        case "endless":
            let part = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
            var sent = 0
            while sent < 64 << 20 {
                let count = ServerStranger.send(part, to: file)
                sent += count
                if count < part.count { break }
            }
            #expect(sent < 64 << 20, "64 megabytes of one line were taken")
        case "zeroes": ServerStranger.send([UInt8](repeating: 0, count: 100_000), to: file)
        default: shutdown(file, Int32(SHUT_WR))
        }
        try fixture.does("note", "second")
        try fixture.getsUpToDate()
        #expect(ServerStranger.isEnded(file))
        close(file)
        #expect(daemon.residentKilobytes < Self.kilobytesMax)
        #expect(daemon.stop().exit == 0)
        #expect(!daemon.log.contains("canary-of-a-stranger"))
    }

    @Test func threeHundredSilentConnectionsKeepNobodyFromSyncing() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        let files = (0..<300).compactMap { ServerStranger.connect(to: daemon.port, from: UInt8(2 + $0 % 6)) }
        defer { for file in files { close(file) } }
        #expect(files.count >= 200)
        for number in 1...5 {
            try fixture.does("note", "meanwhile \(number)")
            #expect(try inSeconds(10) { try fixture.getsUpToDate() })
        }
        #expect(daemon.residentKilobytes < Self.kilobytesMax)
        let stopped = inSeconds(20) { _ = daemon.stop() }
        #expect(stopped, "silent connections keep it from stopping")
    }

    @Test func aFloodOfConnectionsKeepsNobodyFromSyncing() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        let port = daemon.port
        let flood = Flood {
            guard let file = ServerStranger.connect(to: port, from: 9) else { return }
            ServerStranger.send(Array("\u{16}\u{3}\u{1}".utf8), to: file)
            close(file)
        }
        for number in 1...5 {
            try fixture.does("note", "meanwhile \(number)")
            #expect(try inSeconds(20) { try fixture.getsUpToDate() })
        }
        #expect(flood.stop() > 300, "no flood")
        #expect(daemon.residentKilobytes < Self.kilobytesMax)
        try fixture.getsUpToDate()
        #expect(try fixture.served().map(\.edits) == [6])
        #expect(daemon.stop().exit == 0)
        // One line an event, and none for a connection without data.
        #expect(daemon.log.utf8.count < 1 << 20)
    }

    private func inSeconds(_ seconds: Int, _ body: () throws -> Void) rethrows -> Bool {
        let start = ContinuousClock.now
        try body()
        return ContinuousClock.now - start < .seconds(seconds)
    }
}
