import CanonicalJSON
import Causality
import Records
import ReplicaStore
import TestSupport
import Testing

/// A member's device that writes the fields that only the first edit of an entry may set.
@Suite struct HostileMemberFieldTests {
    private let entry = EntryID.number(1)

    /// An honest device with a note of its own, and another one that holds it.
    private func pair() throws -> (honest: Device, hostile: Device) {
        let (honest, hostile) = (try Device(1), try Device(2))
        try honest.write((entry, ["kind": "note", "made": "2026-03-10T08:00:00.000Z", "body": "mine"]))
        try hostile.pull(honest)
        return (honest, hostile)
    }

    private func listed(_ device: Device) throws -> [EntryID] {
        try device.store.read { reader in
            var found: [EntryID] = []
            try reader.entries(EntryQuery(), in: reader.journal()) { found.append($0.id) }
            return found
        }
    }

    @Test func nobodyHidesAnEntryByCallingItADevice() throws {
        func attack() throws -> Device {
            let (honest, hostile) = try pair()
            try hostile.write((entry, ["kind": "device", "made": "1999-01-01T00:00:00.000Z"]))
            try honest.pull(hostile)
            return honest
        }
        try Defence.$down.withValue([.keepsFirstFields]) {
            let honest = try attack()
            #expect(try honest.entry(entry) == nil && listed(honest) == [] && honest.search("mine") == [])
        }
        let honest = try attack()
        #expect(try listed(honest) == [entry] && honest.search("mine") == [entry])
        #expect(try honest.entry(entry)?.kind == .note)
        #expect(try honest.entry(entry)?.text("made") == "2026-03-10T08:00:00.000Z")
        #expect(try honest.changes() == [], "nothing was merged: the first edit's word stands")
        #expect(try honest.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    @Test func whoPretendsToKnowNothingHidesNoEntryEither() throws {
        let (honest, _) = try pair()
        let stranger = try Device(0)
        // It has seen nothing, so it precedes every other edit; `device` as a kind still comes last.
        try stranger.write((entry, ["kind": "device"]))
        try honest.pull(stranger)
        #expect(try listed(honest) == [entry])
        #expect(try honest.entry(entry)?.kind == .note)
    }

    /// A kind may be any text, and its export can be imported.
    @Test func aKindThatIsNoWordIsShownWhole() throws {
        let (honest, hostile) = try pair()
        let other = EntryID.number(2)
        try hostile.write((other, ["kind": "a\u{0}b", "body": "theirs"]))
        try honest.pull(hostile)
        let shown = try #require(try honest.entry(other))
        #expect(shown.kind == Kind("a\u{0}b"))
        #expect(try ExportedEntry(shown.json(space: "journal")).entry.fields == shown.fields)
    }

    @Test func aHomeInWhichAnEntryWasHiddenShowsItAgain() throws {
        let (honest, hostile) = try pair()
        try hostile.write((entry, ["kind": "device", "body": "theirs"]))
        try Defence.$down.withValue([.keepsFirstFields]) { try honest.pull(hostile) }
        #expect(try listed(honest) == [])
        #expect(try honest.write { try $0.reworkFirsts() } == 1)
        #expect(try listed(honest) == [entry])
        #expect(try honest.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
        let quiet = try pair().honest
        #expect(try quiet.write { try $0.reworkFirsts() } == 0, "where all is well nothing is done")
    }

    @Test func whoComesLaterAsksForTheFirstEditThoughItsFieldsWereReplaced() throws {
        let (honest, hostile) = try pair()
        try hostile.write((entry, ["kind": "device", "made": "x", "body": "theirs"]))
        try honest.pull(hostile)
        let newcomer = try Device(3)
        var batches = try honest.batches()
        let box = try #require(batches[0].edits[0].box)
        batches[0].edits[0].box = nil
        for batch in batches { try newcomer.take(batch) }
        let first = batches[0].header.firstDot
        func missing() throws -> [Dot] {
            try newcomer.store.read {
                try $0.missingBoxes(in: try $0.journal(), limit: 10, newcomer.keys.keyring)
            }
        }
        #expect(try missing() == [first])
        try newcomer.write { try $0.supply(box, for: first) }
        #expect(try missing() == [])
        #expect(try newcomer.json(entry) == honest.json(entry))
    }

    /// Edits of one feed that set the kind of an entry again and again: of those without boxes only the first is needed.
    @Test func ofManyEditsThatSetTheKindAgainOneBoxIsAskedFor() throws {
        let (honest, hostile) = try pair()
        for n in 0..<60 { try hostile.write((entry, ["kind": "note", "body": .text(Text("theirs \(n)"))])) }
        try honest.pull(hostile)
        let newcomer = try Device(3)
        var boxes: [Dot: [UInt8]] = [:]
        var batches = try honest.batches()
        let last = try #require(batches.last?.dotted.last?.dot)
        for (index, batch) in batches.enumerated() {
            for (number, (dot, edit)) in batch.dotted.enumerated() where dot != last {
                boxes[dot] = edit.box
                batches[index].edits[number].box = nil
            }
        }
        for batch in batches { try newcomer.take(batch) }
        var asked: Set<Dot> = []
        while true {
            let dots = try newcomer.store.read {
                try $0.missingBoxes(in: try $0.journal(), limit: 10, newcomer.keys.keyring)
            }
            guard !dots.isEmpty else { break }
            try newcomer.write { writer in
                for dot in dots { try writer.supply(try #require(boxes[dot]), for: dot) }
            }
            asked.formUnion(dots)
        }
        #expect(asked == [try #require(batches.first?.header.firstDot)])
        #expect(try newcomer.json(entry) == honest.json(entry))
        #expect(try newcomer.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    /// Whoever writes such edits without end does not make each of them dearer.
    @Test(arguments: [["kind": "note"], ["made": "x"], ["kind": "device", "author": "y"]] as [[FieldName: JSONValue]])
    func editsThatSetTheKindAgainCostAsMuchAsThoseBefore(_ fields: [FieldName: JSONValue]) throws {
        let (honest, hostile) = try pair()
        var batches: [Batch] = []
        for n in 0..<600 {
            try hostile.write((entry, fields.merging(["body": .text(Text("theirs \(n)"))]) { $1 }))
            try hostile.closeBatch()
        }
        batches = try hostile.batches(notCoveredBy: honest.frontier().clock)
        #expect(batches.count == 600)
        func take(_ range: Range<Int>) throws -> Duration {
            try leastThreadTime(of: 1) { for batch in batches[range] { try honest.take(batch) } }
        }
        let (first, last) = try (
            take(0..<200),
            {
                _ = try take(200..<400); return try take(400..<600)
            }()
        )
        #expect(last < first * 2, "\(first), then \(last)")
        #expect(try honest.entry(entry)?.kind == .note)
        #expect(try honest.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    @Test func theProvenAuthorsEditIsTheFirstWhateverOthersClaim() throws {
        let (person, other) = (PersonID(bits: .number(7)), PersonID(bits: .number(8)))
        let proof = try #require(EntryProof([UInt8](repeating: 9, count: EntryProof.byteCount)))
        let space = try #require(SpaceID(TestKeys.space))
        let entry = proof.entry(of: person, in: space, testHash)
        let honest = try Device(1)
        let hostile = try Device(2)
        for device in [honest, hostile] {
            device.keys.persons = [1: person, 2: other]
        }
        // Its author has seen much, so that by precedence alone it is the later one.
        for n in 1...3 { try honest.write((.number(n), ["kind": "note"])) }
        try honest.write { writer in
            let fields: [FieldName: JSONValue] = [
                "kind": "note", "author": .text(Text(person.description)), "body": "mine",
            ]
            try writer.append([.init(entry, EditContent(at: .zero, fields: fields, proof: proof))])
        }
        try hostile.write { writer in
            let fields: [FieldName: JSONValue] = ["kind": "mood", "author": .text(Text(other.description))]
            try writer.append([.init(entry, EditContent(at: .zero, fields: fields, proof: proof))])
        }
        try honest.pull(hostile)
        #expect(try honest.entry(entry)?.kind == .note)
        #expect(try honest.entry(entry)?.text("author") == person.description)
        try hostile.pull(honest)
        #expect(try honest.json(entry) == hostile.json(entry), "whatever came first")
    }

    @Test func nobodyWritesInAnothersName() throws {
        let (person, other) = (PersonID(bits: .number(7)), PersonID(bits: .number(8)))
        func author() throws -> String? {
            let hostile = try Device(2)
            hostile.keys.persons = [1: person, 2: other]
            try hostile.write((entry, ["kind": "note", "author": .text(Text(person.description))]))
            #expect(try hostile.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
            return try hostile.entry(entry)?.text("author")
        }
        #expect(try Defence.$down.withValue([.keepsFirstFields]) { try author() } == person.description)
        #expect(try author() == other.description)
        // An imported entry may name an author who was never a member.
        let device = try Device(2)
        device.keys.persons = [2: other]
        try device.write((entry, ["kind": "note", "author": .text(Text(person.description))]))
        #expect(try device.entry(entry)?.text("author") == person.description)
    }

    @Test func aDeviceIsDescribedByWhoMayAndByNobodyElse() throws {
        func name(_ isWhole: Bool) throws -> [Dot] {
            let (own, thief) = (try Device(1), try Device(2))
            for device in [own, thief] { device.keys.described = [entry: 1] }
            let said = try own.write((entry, ["kind": "device", "name": "laptop"]))
            try thief.pull(own)
            try thief.write((entry, ["kind": "note", "name": "lost phone"]))
            try own.pull(thief)
            #expect(try listed(own) == [] || !isWhole, "and it is never shown as an entry")
            let edits = try own.store.read { try $0.edits(of: entry, in: $0.journal(), own.keys.keyring) }
            #expect(edits.count == 2)
            return edits.filter { $0.live.contains("name") && said.contains($0.context.dot) }.map(\.context.dot)
        }
        #expect(try Defence.$down.withValue([.ownsDescriptions]) { try name(false) } == [])
        #expect(try name(true).count == 1)
    }
}
