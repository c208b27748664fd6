import Causality
import TestSupport
import Testing

/// The batches that a log takes, and its refusals.
@Suite struct EditLogTests {
    let laptop = Author(device: 1, incarnation: 1)
    let phone = Author(device: 2, incarnation: 1)
    let entry = Author.entries[0]

    func edit(_ text: String, group: Int, fields: [Int] = [0]) -> Edit {
        Author.edit(entry, fields.map { Author.fields[$0] }, box: Array(text.utf8), group: group)
    }

    /// A log that holds one batch of two edits of the laptop.
    func started() throws -> EditLog {
        var log = Author.log()
        try log.take(laptop.batch([edit("one", group: 1), edit("two", group: 2)], in: log))
        return log
    }

    func refusal(_ batch: Batch, of log: EditLog) -> Refusal? {
        var log = log
        do {
            try log.take(batch)
            return nil
        } catch {
            return error
        }
    }

    @Test func takesWhatExtendsAFeedAndKnowsItAgain() throws {
        var log = try started()
        let next = laptop.batch([edit("three", group: 3)], in: log)
        try log.take(next)
        try log.take(next)
        #expect(log.batches.count == 2)
        #expect(log.frontier.clock == VectorClock([Dot(laptop.replica, 3)]))
        #expect(log.registers[entry]?[Author.fields[0]]?.live.map(\.dot) == [Dot(laptop.replica, 3)])
    }

    @Test func refusesAGap() throws {
        let log = try started()
        var ahead = log
        try ahead.take(laptop.batch([edit("three", group: 3)], in: ahead))
        #expect(refusal(laptop.batch([edit("four", group: 4)], in: ahead), of: log) == .gap(held: 2))
    }

    @Test func refusesAnotherTextUnderAHeldDot() throws {
        let log = try started()
        let other = laptop.batch([edit("one", group: 1), edit("zwei", group: 2)], in: Author.log())
        #expect(refusal(other, of: log) == .fork(Dot(laptop.replica, 1)))
    }

    @Test func refusesABatchThatEndsWithinAHeldOne() throws {
        let log = try started()
        let shorter = laptop.batch([edit("one", group: 1)], in: Author.log())
        #expect(refusal(shorter, of: log) == .fork(Dot(laptop.replica, 1)))
    }

    @Test func refusesWhatFollowsAnotherPast() throws {
        let log = try started()
        var other = Author.log()
        try other.take(laptop.batch([edit("eins", group: 1), edit("zwei", group: 2)], in: other))
        #expect(refusal(laptop.batch([edit("drei", group: 3)], in: other), of: log) == .fork(Dot(laptop.replica, 3)))
    }

    @Test func refusesWhatHadSeenMoreThanIsHere() throws {
        let log = try started()
        let reply = phone.batch([edit("reply", group: 1)], in: log)
        #expect(refusal(reply, of: Author.log()) == .missing(Dot(laptop.replica, 2)))
        #expect(refusal(reply, of: log) == nil)
    }

    @Test func refusesWhatHadSeenAnotherVersionOfAFeed() throws {
        let log = try started()
        var other = Author.log()
        try other.take(laptop.batch([edit("eins", group: 1), edit("zwei", group: 2)], in: other))
        #expect(refusal(phone.batch([edit("reply", group: 1)], in: other), of: log) == .fork(Dot(laptop.replica, 2)))
        var longer = Author.log()
        try longer.take(laptop.batch((1...3).map { edit("\($0)", group: $0) }, in: longer))
        let reply = phone.batch([edit("reply", group: 1)], in: log)
        #expect(refusal(reply, of: longer) == .fork(Dot(laptop.replica, 2)))
    }

    @Test func takesABatchWholeOrNotAtAll() throws {
        let log = try started()
        var batch = laptop.batch([edit("three", group: 3), edit("four", group: 4)], in: log)
        batch.edits[1].box = Array("forged".utf8)
        #expect(refusal(batch, of: log) == .malformed(.box))
        #expect(log.frontier.clock == VectorClock([Dot(laptop.replica, 2)]))
    }

    /// One change that no honest author makes, to a valid batch.
    struct Mistake: Sendable {
        let expected: Malformation
        let header: @Sendable (BatchHeader) -> BatchHeader
        let edits: @Sendable ([Edit]) -> [Edit]

        init(_ expected: Malformation, header: @escaping @Sendable (BatchHeader) -> BatchHeader) {
            (self.expected, self.header, edits) = (expected, header, { $0 })
        }

        init(_ expected: Malformation, edits: @escaping @Sendable ([Edit]) -> [Edit]) {
            (self.expected, header, self.edits) = (expected, { $0 }, edits)
        }

        init(_ expected: Malformation, edit: @escaping @Sendable (Edit) -> Edit) {
            (self.expected, header, edits) = (expected, { $0 }, { $0.map(edit) })
        }
    }

    static let mistakes: [Mistake] = [
        Mistake(.tooMany, edits: { _ in [] }),
        Mistake(.tooMany, edits: { Array(repeating: $0[0], count: CausalityLimits.editsPerBatchMax + 1) }),
        Mistake(.tooMany, header: { $0.with(first: 0) }),
        Mistake(.tooMany, header: { $0.with(first: Dot.nMax) }),
        Mistake(.shape, header: { $0.with(count: 2) }),
        Mistake(.shape, header: { $0.with(origin: .some(nil)) }),
        Mistake(.order, header: { $0.with(seen: $0.seen + $0.seen) }),
        Mistake(.clock, header: { $0.with(seen: [Tip($0.firstDot, $0.previous)]) }),
        Mistake(
            .origin,
            header: { header in
                let stolen = ReplicaOrigin(deviceKey: header.previous.bytes, nonce: Array(repeating: 0, count: 16))
                return header.with(origin: .some(stolen))
            }),
        Mistake(.shape, edit: { $0.with(tokens: []) }),
        Mistake(.shape, edit: { $0.with(boxHash: .some(nil)) }),
        Mistake(.shape, edit: { $0.with(isForget: true) }),
        Mistake(.shape, edit: { $0.with(proof: EntryProof(Array(repeating: 1, count: 16))) }),
        Mistake(.order, edit: { $0.with(tokens: [Author.fields[1], Author.fields[0]]) }),
        Mistake(.order, edit: { $0.with(tokens: [Author.fields[1], Author.fields[1]]) }),
        Mistake(
            .tooMany,
            edit: { edit in
                edit.with(tokens: (0...CausalityLimits.tokensPerEditMax).map { FieldToken(bits: UInt64($0)) })
            }),
        Mistake(
            .tooMany,
            edit: { edit in
                edit.with(unread: (0...CausalityLimits.unreadPerEditMax).map { Dot(ReplicaID(bits: UInt64($0)), 1) })
            }),
        Mistake(.order, edit: { $0.with(unread: [Dot(ReplicaID(bits: 1), 0)]) }),
        Mistake(.order, edit: { $0.with(unread: [Dot(ReplicaID(bits: 1), 1), Dot(ReplicaID(bits: 1), 2)]) }),
        Mistake(.group, edit: { $0.with(group: 2) }),
        Mistake(.group, edit: { $0.with(group: 0) }),
    ]

    @Test(arguments: mistakes.indices)
    func refusesWhatNoHonestAuthorWrites(_ index: Int) throws {
        let log = try started()
        let honest = phone.batch([edit("reply", group: 1)], in: log)
        #expect(refusal(honest, of: log) == nil)
        let mistake = Self.mistakes[index]
        let batch = Batch(mistake.header(honest.header), signature: [], edits: mistake.edits(honest.edits))
        #expect(refusal(batch, of: log) == .malformed(mistake.expected))
    }

    @Test func refusesAClockThatGoesBack() throws {
        var log = try started()
        try log.take(laptop.batch([edit("three", group: 3)], in: log))
        try log.take(phone.batch([edit("reply", group: 1)], in: log))
        guard case .end(let hash) = log.holding(Dot(laptop.replica, 2)) else { Issue.record("no end"); return }
        let back = phone.batch([edit("reply", group: 2)], in: log)
        let header = back.header.with(seen: [Tip(Dot(laptop.replica, 2), hash)])
        #expect(refusal(Batch(header, signature: [], edits: back.edits), of: log) == .malformed(.clock))
    }

    @Test func forgettingScrubsBoxesEarlierAndLaterOnes() throws {
        var log = try started()
        try log.take(phone.batch([Author.forget(entry, group: 1)], in: log, seen: VectorClock()))
        try log.take(laptop.batch([edit("three", group: 3)], in: log, seen: VectorClock()))
        #expect(log.forgotten == [entry])
        #expect(log.batches.flatMap(\.edits).allSatisfy { $0.box == nil })
        log.supply(Array("one".utf8), for: Dot(laptop.replica, 1))
        #expect(log.edit(Dot(laptop.replica, 1))?.box == nil)
    }

    /// An edit without a proof is hashed as before proofs existed.
    @Test func aProofIsPartOfTheHashAndOfThePlaceOfABox() throws {
        func header(_ proof: EntryProof?) -> EditHeader {
            EditHeader(entry: entry, tokens: [], isForget: true, proof: proof, group: 1, boxHash: nil)
        }
        let proofs = [nil] + (1...2).map { EntryProof([UInt8](repeating: $0, count: EntryProof.byteCount)) }
        #expect(Set(proofs.map { header($0).hash(testHash) }).count == 3)
        var bytes = CanonicalBytes()
        bytes.append(entry)
        for number in [0, 1, 1, 0] { bytes.append(number) }
        #expect(header(nil).boundBytes == bytes.bytes)
        #expect(EntryProof([1, 2, 3]) == nil)
    }

    @Test func aStubTakesItsOwnBoxAndNoOther() throws {
        var log = Author.log()
        var batch = laptop.batch([edit("one", group: 1)], in: log)
        let whole = batch
        batch.edits[0].box = nil
        try log.take(batch)
        log.supply(Array("two".utf8), for: Dot(laptop.replica, 1))
        #expect(log.edit(Dot(laptop.replica, 1))?.box == nil)
        try log.take(whole)
        #expect(log.edit(Dot(laptop.replica, 1))?.box == Array("one".utf8))
    }

    @Test func whatDoesNotOpenStaysOutOfTheMergeUntilItDoes() throws {
        var log = try started()
        let reply = phone.batch([edit("reply", group: 1)], in: log, seen: VectorClock())
        try log.take(reply)
        log.setUnopened([reply.header.firstDot])
        #expect(log.registers[entry]?[Author.fields[0]]?.live.map(\.dot) == [Dot(laptop.replica, 2)])
        log.setUnopened([])
        #expect(log.liveDots == [Dot(laptop.replica, 2), reply.header.firstDot])
    }
}

extension BatchHeader {
    func with(
        first: Int? = nil, count: Int? = nil, seen: [Tip]? = nil, origin: ReplicaOrigin?? = nil
    ) -> BatchHeader {
        BatchHeader(
            replica: replica, first: first ?? self.first, count: count ?? self.count, previous: previous,
            seen: seen ?? self.seen, head: head, epoch: epoch, origin: origin ?? self.origin)
    }
}

extension Edit {
    func with(
        tokens: [FieldToken]? = nil, isForget: Bool? = nil, proof: EntryProof? = nil, group: Int? = nil,
        unread: [Dot]? = nil, boxHash: Hash256?? = nil
    ) -> Edit {
        let changed = EditHeader(
            entry: header.entry, tokens: tokens ?? header.tokens, isForget: isForget ?? header.isForget,
            proof: proof ?? header.proof, group: group ?? header.group, unread: unread ?? header.unread,
            boxHash: boxHash ?? header.boxHash)
        return Edit(changed, box: changed.boxHash == nil ? nil : box)
    }
}
