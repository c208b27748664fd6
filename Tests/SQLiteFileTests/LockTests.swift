import Foundation
import GRDB
import SQLiteFile
import Testing

@Suite struct LockTests {
    @Test func twoWritersTakeTurnsAndLoseNothing() throws {
        try Home.with { home in
            let files = try (0..<2).map { _ in try home.open(walPagesMax: 20) }
            DispatchQueue.concurrentPerform(iterations: 2) { writer in
                for n in 0..<200 {
                    #expect(throws: Never.self) { try files[writer].insert("\(writer) \(n)") }
                }
            }
            #expect(try Set(files[0].bodies()) == Set((0..<2).flatMap { w in (0..<200).map { "\(w) \($0)" } }))
            #expect(try files[1].check().findings == [])
            for file in files { try file.close() }
        }
    }

    @Test(.enabled(if: Machine.hasPython, "needs python3"))
    func aLockThatAnotherProcessHoldsIsWaitedForInVain() throws {
        try Home.with { home in
            let file = try home.open(wait: .milliseconds(30))
            let (other, output) = (Process(), Pipe())
            let input = Pipe()
            other.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            other.arguments = [
                "python3", "-c",
                "import fcntl,sys; f=open(sys.argv[1]); fcntl.flock(f,2); print('held',flush=True); sys.stdin.read()",
                home.lock,
            ]
            other.standardOutput = output
            other.standardInput = input
            try other.run()
            #expect(try output.fileHandleForReading.read(upToCount: 5) == Data("held\n".utf8))
            let start = ContinuousClock.now
            #expect(code { try file.insert("a") } == .locked)
            #expect(ContinuousClock.now - start >= .milliseconds(30))
            #expect(try file.count() == 0)
            #expect(code { _ = try home.open(wait: .zero) } == .locked)
            try input.fileHandleForWriting.close()
            other.waitUntilExit()
            try file.insert("b")
            #expect(try file.bodies() == ["b"])
        }
    }

    /// Another connection of this process holds it, as another process would.
    @Test func whoOnlyReadsWaitsForNobodyAndWritesNothing() throws {
        try Home.with { home in
            #expect(
                code {
                    _ = try DatabaseFile.open(
                        home.database, lockFile: home.lock, schema: .one, isReadOnly: true)
                } == .missing)
            #expect(!home.exists(home.folder))
            let daemon = try home.open(lock: .forLife)
            try daemon.insert("a")
            let reader = try DatabaseFile.open(
                home.database, lockFile: home.lock, schema: .one, isReadOnly: true)
            #expect(reader.isReadOnly)
            #expect(try reader.bodies() == ["a"])
            #expect(code { try reader.insert("b") } == .readOnly)
            try reader.close()
            try daemon.insert("c")
            try daemon.close()
            #expect(
                code {
                    _ = try DatabaseFile.open(
                        home.database, lockFile: home.lock, schema: .two, isReadOnly: true)
                } == .readOnly)
            #expect(try home.open().bodies() == ["a", "c"])
        }
    }

    @Test func aSecondDaemonIsRefusedAtOnce() throws {
        try Home.with { home in
            let daemon = try home.open(lock: .forLife)
            let start = ContinuousClock.now
            #expect(code { _ = try home.open(lock: .forLife) } == .locked)
            #expect(ContinuousClock.now - start < .seconds(5))
            try daemon.insert("a")
            try daemon.close()
            let next = try home.open(lock: .forLife)
            #expect(!next.opening.ranQuickCheck)
            try next.close()
        }
    }

    @Test func aCleanStopNeedsNoCheck() throws {
        try Home.with { home in
            for _ in 0..<3 {
                let file = try home.open()
                try file.insert("a")
                #expect(!file.opening.followsUncleanStop)
                try file.close()
            }
        }
    }

    @Test func whoDiesWithTheLockLeavesAMarkThatTheNextOpenerClears() throws {
        try Home.with { home in
            // Dropped unclosed, it releases the lock like a killed process.
            _ = try home.open(lock: .forLife)
            let file = try home.open()
            #expect(file.opening.followsUncleanStop && file.opening.ranQuickCheck)
            try file.close()
            #expect(try home.open().opening.followsUncleanStop == false)
        }
    }

    @Test func aWriterWhoMeetsTheMarkLeavesItToTheNextOpener() throws {
        try Home.with { home in
            let file = try home.open()
            _ = try home.open(lock: .forLife)
            try file.insert("a")
            #expect(try home.open().opening.ranQuickCheck)
            try file.insert("b")
            #expect(try home.open().opening.ranQuickCheck == false)
        }
    }

    @Test(arguments: ["", "clean 00000000-0000-0000-0000-000000000000\n", "nonsense"])
    func anotherRunOfTheMachineMeansACheck(mark: String) throws {
        try Home.with { home in
            try home.fill(["a"])
            try home.write(Data(mark.utf8), to: home.lock)
            #expect(try home.open().opening.ranQuickCheck)
            #expect(try home.open().opening.ranQuickCheck == false)
        }
    }

    @Test func theCheckAfterAnUncleanStopFindsDamage() throws {
        try Home.with { home in
            try home.fill((0..<500).map { "line \($0) " + String(repeating: "x", count: 100) })
            var bytes = try home.bytes(home.database)
            bytes.replaceSubrange(4_096 * 3..<4_096 * 3 + 64, with: Data(repeating: 0xEE, count: 64))
            try home.write(bytes, to: home.database)
            try home.open().close()
            try home.write(Data(), to: home.lock)
            for _ in 0..<2 { #expect(code { _ = try home.open() } == .damaged) }
            #expect(try home.bytes(home.database) == bytes)
        }
    }

    @Test func aDeletedLockFileStopsWriting() throws {
        try Home.with { home in
            let file = try home.open()
            let daemon = try Home.with { other in try other.open(lock: .forLife) }
            try FileManager.default.removeItem(atPath: home.lock)
            #expect(code { try file.insert("a") } == .moved)
            #expect(code { try daemon.insert("a") } == .moved)
            try file.close()
            try daemon.close()
        }
    }
}
