import Causality
import Foundation
import GRDB
import ReplicaStore
import SQLiteFile
import TestSupport
import Testing

/// Looking at all of a journal that many devices wrote in turn.
@Suite(.serialized) struct LongHistoryTests {
    /// Lines that write in turn, a batch of one edit each, and see all that the others wrote meanwhile.
    private func fill(_ device: Device, lines: Int, batches: Int) throws {
        try device.store.file.write { database in
            let zeros = [UInt8](repeating: 0, count: 48)
            for line in 1...lines {
                let name = ReplicaID(bits: UInt64(line)).column
                try database.run(
                    "INSERT INTO line VALUES (?, 1, ?, ?, 0)", line.value, name.value, zeros.value)
            }
            let hash = Array(zeros.prefix(32))
            for batch in 0..<batches {
                let (line, first) = (batch % lines + 1, batch / lines + 1)
                try database.run(
                    "INSERT INTO batch VALUES (?, ?, ?, 1, 0, ?, ?, ?, ?, ?)", (batch + 1).value, line.value,
                    first.value, hash.value, hash.value, hash.value, zeros.value, hash.value)
                for other in 1...lines where other != line {
                    let n = other < line ? first : first - 1
                    guard n > 0 else { continue }
                    try database.run(
                        "INSERT INTO seen VALUES (?, ?, ?, ?, ?)", line.value, other.value, first.value, n.value,
                        hash.value)
                }
            }
        }
    }

    @Test func whatHadSeenATailIsFoundWithoutAClockABatch() throws {
        let device = try Device(1)
        try fill(device, lines: 8, batches: 200)
        var clocks: [ReplicaID: VectorClock] = [:]
        var outlines: [BatchOutline] = []
        try device.store.read { reader in
            try reader.eachArrival(in: try reader.journal()) { arrival in
                #expect(arrival.seen.dots.count <= 7)
                for dot in arrival.seen.dots { clocks[arrival.first.replica, default: .init()].advance(to: dot) }
                let edits = [BatchOutline.Edit(group: arrival.first.n, unread: [])]
                outlines.append(
                    BatchOutline(first: arrival.first, seen: clocks[arrival.first.replica] ?? .init(), edits: edits))
            }
            var count = 0
            try reader.eachArrival(in: try reader.journal(), readsSeen: false) { arrival in
                #expect(arrival.seen.isEmpty)
                count += 1
            }
            #expect(count == outlines.count && count == 200)
        }
        for n in [1, 7, 25] {
            let root = Dot(ReplicaID(bits: 3), n)
            let tails = try device.write { try $0.closed(LineTails([root])) }
            #expect(tails == LineTails([root]).closed(over: outlines, unless: { _ in false }))
            #expect(tails.firsts.count == (n == 25 ? 6 : 8))
        }
    }

    @Test(arguments: [(64, 100_000)])
    func memory(_ lines: Int, _ batches: Int) throws {
        let device = try Device(1)
        try fill(device, lines: lines, batches: batches)
        func peak(_ name: String) {
            let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
            let rows = text.split(separator: "\n").filter { $0.hasPrefix("VmHWM") || $0.hasPrefix("VmRSS") }
            print("memory", name, rows)
        }
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        peak("filled")
        let time = try leastThreadTime(of: 1) {
            _ = try device.write { try $0.closed(LineTails([Dot(ReplicaID(bits: 3), 1000)])) }
        }
        peak("streamed")
        print("memory", time)
        let old = try leastThreadTime(of: 1) {
            var clocks: [ReplicaID: VectorClock] = [:]
            var arrivals: [(StoreReader.Arrival, VectorClock)] = []
            try device.store.read { reader in
                try reader.eachArrival(in: try reader.journal()) { arrival in
                    var clock = clocks[arrival.first.replica] ?? .init()
                    for dot in arrival.seen.dots { clock.advance(to: dot) }
                    clocks[arrival.first.replica] = clock
                    arrivals.append((arrival, clock))
                }
            }
            #expect(arrivals.count == batches)
            peak("held")
        }
        print("memory", old)
    }
}
