import Causality
import Foundation
import GRDB
import Membership
import SQLiteFile
import SyncServer
import SyncServerSQLite
import Synchronization
import TestSupport
import Testing
import Wire

/// Forgotten content leaves every file of the server, at a cost proportional to it.
@Suite struct StoreForgettingTests {
    /// How many boxes have some 16 bytes of them in any file.
    private func remaining(_ boxes: [[UInt8]], in fixture: StoreFixture) throws -> Int {
        var places: [ArraySlice<UInt8>: Int] = [:]
        for (index, box) in boxes.enumerated() {
            for start in stride(from: 0, through: box.count - 16, by: 16) { places[box[start..<start + 16]] = index }
        }
        var found: Set<Int> = []
        for data in try fixture.folder.files().values {
            let bytes = [UInt8](data)
            for start in 0..<max(0, bytes.count - 15) {
                if let index = places[bytes[start..<start + 16]] { found.insert(index) }
            }
        }
        return found.count
    }

    /// Short ones, and some that need overflow pages.
    private func box(_ generator: inout SeededGenerator) -> [UInt8] {
        let count = generator.chance(percent: 10) ? 5_000 + generator.below(30_000) : 60 + generator.below(1_500)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private func rebuilds(_ fixture: StoreFixture) -> Int {
        fixture.statements.withLock { $0.count { $0.hasPrefix("VACUUM") } }
    }

    @Test func ofManyThatAreForgottenInAnyOrderNothingStandsAndNothingIsRebuilt() async throws {
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        var generator = SeededGenerator(seed: 7)
        let boxes = (0..<300).map { _ in box(&generator) }
        for chunk in stride(from: 0, to: boxes.count, by: 10) {
            let batch = try author.write((chunk..<chunk + 10).map { .set($0, [1], box: boxes[$0]) })
            #expect(try await fixture.take(batch, author) == .took(batch))
        }
        let gone = boxes.indices.shuffled(using: &generator).prefix(220)
        for entry in gone { _ = try await fixture.take(author.write(.forget(entry)), author) }
        #expect(try await fixture.authority.scrub())
        #expect(try await !fixture.authority.status().isScrubDue)
        #expect(try remaining(gone.map { boxes[$0] }, in: fixture) == 0)
        #expect(rebuilds(fixture) == 0)
        #expect(try await fixture.sqlite.file.check().isSound)
        let kept = Set(boxes.indices).subtracting(gone)
        let batches = try await fixture.batches(author)
        #expect(batches.flatMap(\.edits).compactMap(\.box).count == kept.count)
        try await fixture.restart()
        let missing = try await fixture.ask(.missingBoxes(author.space, besides: []), author)
        #expect(missing == .missingBoxes([]), "what was forgotten is not asked for")
    }

    @Test func whatWasQuarantinedIsForgottenThereToo() async throws {
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        let other = try await fixture.companion(of: author)
        var generator = SeededGenerator(seed: 8)
        let (gone, kept) = (box(&generator), box(&generator))
        let batch = try other.write(.set(1, [1], box: gone), .set(2, [1], box: kept))
        _ = try await fixture.take(batch, other)
        let record = try author.removing(other.id, cut: Frontier())
        #expect(try await fixture.append(record, author) == .refused(.cut))
        try await fixture.settle(author.space, head: record.hash)
        #expect(try await fixture.authority.status().spaces[0].quarantinedCount == 1)
        author.follow(try author.log.with(record))
        _ = try await fixture.take(author.write(.forget(1)), author)
        #expect(try await fixture.authority.scrub())
        let found = try await fixture.sqlite.file.read { database in
            let bytes = try [UInt8](Data.fetchOne(database, sql: "SELECT bytes FROM aside") ?? Data())
            var reader = MessageReader(lineLengthMax: WireLimits.lineLengthMax, hash: Hash256.sha256)
            let end = try #require(bytes.lastIndex(of: UInt8(ascii: "\n")))
            guard case .batch(_, let batch)? = try reader.read(bytes[...end]).first?.message else {
                return [[UInt8]?]()
            }
            return batch.edits.map(\.box)
        }
        #expect(found == [nil, kept])
        #expect(try remaining([gone], in: fixture) == 0)
    }

    @Test func aStoreWhoseBoxesMovedIsRebuiltIfItIsSmall() async throws {
        for lengthMax in [StoreLimits().rebuiltLengthMax, 1] {
            var limits = StoreLimits()
            limits.rebuiltLengthMax = lengthMax
            let fixture = try StoreFixture(.sqlite, limits: limits)
            let author = try await fixture.founder()
            let batch = try author.write(.set(1, [1]), .set(2, [1]))
            var stub = batch
            stub.edits[0].box = nil
            _ = try await fixture.take(stub, author)
            _ = try await fixture.ask(.supply(author.space, batch.header.firstDot, batch.edits[0].box ?? []), author)
            _ = try await fixture.take(author.write(.forget(1)), author)
            #expect(try await fixture.authority.scrub())
            #expect(rebuilds(fixture) == (lengthMax > 1 ? 1 : 0))
            _ = try await fixture.take(author.write(.forget(2)), author)
            #expect(try await fixture.authority.scrub())
            #expect(rebuilds(fixture) == (lengthMax > 1 ? 1 : 0), "once")
        }
    }

    @Test func whatCannotBeDoneIsTriedLessOften() {
        var pace = ScrubPace()
        #expect(pace.pause == ScrubPace.pauseMin)
        var pauses: [Duration] = []
        for _ in 0..<20 {
            pace.tried(isDone: false)
            pauses.append(pace.pause)
        }
        #expect(pauses[0] == ScrubPace.pauseMin * 2)
        #expect(pauses.last == ScrubPace.pauseMax)
        pace.tried(isDone: true)
        #expect(pace.pause == ScrubPace.pauseMin)
    }
}
