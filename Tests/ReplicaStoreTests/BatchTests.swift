import CanonicalJSON
import Causality
import Records
import ReplicaStore
import TestSupport
import Testing

/// Batches of this device: their ends, and their contents.
@Suite struct BatchTests {
    private func fields(_ body: String = "a") -> [FieldName: JSONValue] { ["kind": "note", "body": .text(Text(body))] }

    @Test func batchClosesAtItsLimitOfEditsAndNoGroupSpansTwo() throws {
        let device = try Device(1)
        try device.write { writer in
            for group in 0..<180 {
                try writer.append(
                    (0..<7).map { .init(.number(group * 7 + $0), EditContent(at: .zero, fields: fields())) })
            }
        }
        try device.closeBatch()
        let batches = try device.batches()
        #expect(batches.map(\.header.count) == [497, 497, 266])
        for batch in batches {
            #expect(batch.edits.allSatisfy { $0.header.group >= batch.header.first })
        }
    }

    @Test func batchClosesAtItsLimitOfBytes() throws {
        let device = try Device(1)
        let body = String(repeating: "x", count: 100_000)
        for number in 1...7 { try device.write((.number(number), fields(body))) }
        try device.closeBatch()
        let batches = try device.batches()
        #expect(batches.map(\.header.count) == [3, 3, 1])
        for batch in batches {
            let bytes = batch.edits.reduce(0) { $0 + ($1.box?.count ?? 0) }
            #expect(bytes * 4 / 3 < 512 * 1024)
        }
    }

    @Test func whatIsTooLargeIsRefusedAndNothingIsWritten() throws {
        let device = try Device(1)
        try device.write((.number(1), fields()))
        let before = try Observation(device.store, device.keys.keyring, ids: [.number(1), .number(2)])
        func refuses(_ error: StoreError, _ group: [StoreWriter.Draft]) throws {
            #expect(throws: error) { try device.write { try $0.append(group) } }
            #expect(try Observation(device.store, device.keys.keyring, ids: [.number(1), .number(2)]) == before)
        }
        func draft(_ count: Int) -> StoreWriter.Draft {
            .init(
                .number(2), EditContent(at: .zero, fields: ["body": .text(Text(String(repeating: "x", count: count)))]))
        }
        try refuses(.editTooLarge, [draft(RecordLimits.editBytesMax)])
        try refuses(.editTooLarge, [draft(1), draft(1_000_000)])
        try refuses(.groupTooLarge, Array(repeating: draft(150_000), count: 3))
        try refuses(.groupTooLarge, Array(repeating: draft(1), count: 501))
        let names = (0...CausalityLimits.tokensPerEditMax).map { (FieldName("x", element: "\($0)"), JSONValue.null) }
        let many = EditContent(at: .zero, fields: Dictionary(uniqueKeysWithValues: names))
        try refuses(.editTooLarge, [.init(.number(2), many)])
    }

    @Test func anEmptyGroupIsNothing() throws {
        let device = try Device(1)
        #expect(try device.write { try $0.append([]) } == [])
        try device.write((.number(1), fields()))
        #expect(try device.write { try $0.append([]) } == [])
        try device.closeBatch()
        #expect(try device.batches().map(\.header.count) == [1])
    }

    @Test func boxesOfANewEpochAreInABatchOfTheirOwn() throws {
        let (device, other) = (try Device(1), try Device(2))
        try device.write((.number(1), fields()))
        device.keys.rotate()
        try device.write((.number(2), fields()))
        try other.pull(device)
        #expect(try device.batches().map(\.header.count) == [1, 1])
        #expect(try other.store.read { try $0.counts(in: $0.journal()) }.unopened == 0)
        #expect(try other.json(.number(2)) == device.json(.number(2)))
    }

    /// A feed on the wire names the edits that its author could not read, so these count for the limit of bytes too.
    @Test func whatAnAuthorCouldNotReadCountsForTheLimit() throws {
        let device = try Device(1)
        for number in 2...40 {
            let other = try Device(number)
            let dots = try other.write((.number(1), fields()))
            device.keys.refused.formUnion(dots)
            try device.pull(other)
        }
        try device.write { writer in
            for number in 0..<500 {
                try writer.append([.init(.number(1), EditContent(at: .zero, fields: ["rank": .integer(number)]))])
            }
        }
        try device.closeBatch()
        for batch in try device.batches() {
            // Each row of 16 hex digits, a number, and the JSON around them.
            let bytes = batch.edits.reduce(0) { $0 + ($1.box?.count ?? 0) * 4 / 3 + $1.header.unread.count * 24 }
            #expect(bytes < 512 * 1024)
            #expect(batch.header.count < 500)
        }
    }

    @Test func aClockThatEndsAmidABatchCoversNotAllOfIt() throws {
        let device = try Device(1)
        let dots = try device.write { writer in
            try (1...500).map { try writer.append([.init(.number($0), EditContent(at: .zero, fields: fields()))])[0] }
        }
        try device.closeBatch()
        for dot in [dots[0], dots[250], dots[498]] {
            #expect(try device.batches(notCoveredBy: VectorClock([dot])).map(\.header.count) == [500])
        }
        #expect(try device.batches(notCoveredBy: VectorClock([dots[499]])) == [])
        #expect(try device.batches(notCoveredBy: VectorClock([Dot(dots[0].replica, Dot.nMax)])) == [])
    }

    @Test func whatIsSentIsWhatALogInMemoryTakes() throws {
        let (one, other) = (try Device(1), try Device(2))
        try one.write((.number(1), fields("one")), (.number(2), fields()))
        try other.write((.number(1), fields("other")))
        try one.pull(other)
        try one.write((.number(1), ["body": "both"]))
        try one.write(asNewIncarnation: true) { writer in
            try writer.append([.init(.number(2), EditContent(at: .zero, fields: ["rank": "m"]))])
        }
        try other.pull(one)
        var log = EditLog(space: TestKeys.space, testHash)
        for batch in try other.batches() { try log.take(batch) }
        #expect(try other.frontier() == log.frontier)
        #expect(try one.frontier() == log.frontier)
        #expect(log.frontier.ends.count == 3)
        #expect(try other.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }
}

extension Timestamp {
    static let zero = Timestamp(millisSince1970: 0)
}
