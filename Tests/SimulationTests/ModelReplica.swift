import SyncClient
import Causality
import Membership
import ServerModel
import TestSupport
import Wire

/// A device's replica of the one space, in memory: what ``ReplicaQuestion`` asks for, in plain code.
///
/// All of it is on the disk: a crash loses nothing of it, and a copy of the value is a copy of the disk.
struct ModelReplica {
    /// An edit that no feed holds any more.
    struct Quarantined {
        let dot: Dot
        let edit: Edit
        let epoch: Hash256
        let code: ErrorCode?
    }

    /// A membership record that a person asked for.
    enum Request: Hashable {
        case add(Int)
        case remove([Int])
        case rotate(from: Hash256)

        var endsEpoch: Bool { if case .add = self { false } else { true } }
    }

    let device: Int
    let checks: ModelChecks
    var log: MembershipLog? { didSet { keys = log.map { Keys($0, identity.id) } ?? Keys() } }
    var keys = Keys()
    /// Whether keys were handed on of which the exchange does not know yet.
    var hasHandedOn = false
    var edits: EditLog
    /// Edits of the batch that is not closed yet.
    private(set) var open: [Edit] = []
    private(set) var origin: ReplicaOrigin
    private(set) var replica: ReplicaID
    var quarantined: [Quarantined] = []
    /// What the server held when it last said so.
    var serverHeld = VectorClock()
    /// Whatever could ever be read here.
    var read: Set<Fact> = []
    /// Entries that this disk forgot without any right, since whoever used it skipped the check.
    var overreached: Set<EntryID> = []
    var request: Request?
    /// Whether it was shown the record that removes it.
    var isShownRemoved = false
    /// For ``SeededBug/believesTheClock``.
    var believed = Frontier()

    init(_ device: Int, log: MembershipLog?, edits: EditLog, checks: ModelChecks, _ ground: inout Ground) {
        self.device = device
        self.log = log
        self.edits = edits
        self.checks = checks
        (origin, replica) = Self.name(device, &ground)
        keys = log.map { Keys($0, identity.id) } ?? Keys()
    }

    var identity: DeviceIdentity { Roster.devices[device].identity }
    var space: SpaceID { Roster.space }
    var end: LogEnd { log?.logEnd ?? .empty }

    private static func name(_ device: Int, _ ground: inout Ground) -> (ReplicaOrigin, ReplicaID) {
        ground.incarnations += 1
        var nonce = CanonicalBytes()
        nonce.append(ground.incarnations)
        nonce.append(0)
        let key = Roster.devices[device].identity.signingKey
        guard let origin = ReplicaOrigin(deviceKey: key, nonce: nonce.bytes) else {
            preconditionFailure("32 and 16 bytes")
        }
        return (origin, origin.replica(testHash))
    }

    /// Writes under a new name from now on.
    mutating func incarnate(_ ground: inout Ground) {
        close()
        (origin, replica) = Self.name(device, &ground)
    }

    // MARK: Writing

    /// Writes one edit into the open batch.
    ///
    /// - Parameters:
    ///   - fields: which it sets, one at least.
    ///   - padding: bytes of the box beside what it says.
    mutating func write(
        _ entry: EntryID, _ fields: [FieldToken], wall: Int, padding: Int, continuesGroup: Bool, _ ground: inout Ground
    ) {
        // "Nothing of that feed from n on" must not be said of what is written here from now on.
        if unread(entry, fields).contains(where: { $0.replica == replica }) { incarnate(&ground) }
        let group = nextGroup(continuesGroup)
        ground.values += 1
        let said = fields.map { Fact(entry: entry, field: $0, value: ground.values) }
        var box = CanonicalBytes()
        box.append(ground.values)
        box.append(wall)
        let bytes = box.bytes + [UInt8](repeating: 0, count: padding)
        let hash = checks.hash(bytes)
        let unread = unread(entry, fields)
        let claimed = ground.bug == .claimsTheUnread ? [] : self.unread(entry, fields, claims: ground.bug)
        let header = EditHeader(entry: entry, tokens: fields.sorted(), group: group, unread: claimed, boxHash: hash)
        ground.truth.write(said, box: hash, past: read, unclaimed: facts(from: unread, entry, ground))
        read.formUnion(said)
        open.append(Edit(header, box: bytes))
        if open.count >= 50 { close() }
    }

    /// What is here of an entry and was not read: what does not open, and live values of these fields whose boxes are
    /// not here.
    func unread(_ entry: EntryID, _ fields: [FieldToken], claims bug: SeededBug? = nil) -> [Dot] {
        let live = fields.flatMap { edits.registers[entry]?[$0]?.live.map(\.dot) ?? [] }
        let missing = bug == .claimsTheMissing ? [] : live.filter { edits.edit($0)?.box == nil }
        let unread = edits.unopened.union(missing)
        var firsts: [ReplicaID: Int] = [:]
        for dot in unread where edits.edit(dot)?.header.entry == entry {
            firsts[dot.replica] = min(dot.n, firsts[dot.replica] ?? dot.n)
        }
        return firsts.map { Dot($0, $1) }.sorted()
    }

    private func facts(from unread: [Dot], _ entry: EntryID, _ ground: Ground) -> Set<Fact> {
        guard !unread.isEmpty else { return [] }
        let dotted = edits.batches.flatMap(\.dotted).filter { dot, edit in
            edit.header.entry == entry && unread.contains { $0.replica == dot.replica && $0.n <= dot.n }
        }
        return Set(dotted.flatMap { ground.truth.said(by: $0.edit) })
    }

    /// Writes an edit that no person wrote, and closes the batch.
    mutating func append(_ edit: Edit) {
        open.append(edit)
        close()
    }

    /// Closes the open batch, having seen all that is here.
    mutating func close() {
        guard !open.isEmpty else { return }
        let edits = open
        open = []
        append(edits, of: origin, replica, seen: self.edits.frontier.clock)
    }

    /// Writes a batch of this device's.
    mutating func append(_ edits: [Edit], of origin: ReplicaOrigin, _ replica: ReplicaID, seen: VectorClock) {
        guard let log else { preconditionFailure("who writes has a log") }
        let feed = self.edits.feed(replica)
        let moved = seen.dots.filter { $0.replica != replica && $0.n > feed.seen[$0.replica]?.dot.n ?? 0 }
        let rows = self.edits.frontier.ends.isEmpty ? [] : moved.flatMap { self.edits.ends(of: $0.replica, at: [$0.n]) }
        precondition(rows.count == moved.count, "a clock names batch ends")
        let header = BatchHeader(
            replica: replica, first: feed.end.dot.n + 1, count: edits.count, previous: feed.end.hash, seen: rows,
            head: writingHead ?? log.head, epoch: keys.followed ?? log.epoch, origin: feed.end.dot.n == 0 ? origin : nil
        )
        let hash = header.feedHash(of: edits.map(\.header), checks.hash)
        let signature = Roster.signature(key: identity.signingKey, feedHash: hash)
        do {
            try self.edits.take(Batch(header, signature: signature, edits: edits))
        } catch {
            preconditionFailure("one's own batch \(header.firstDot): \(error)")
        }
    }

    func nextGroup(_ continuesGroup: Bool) -> Int {
        let n = edits.feed(replica).end.dot.n + open.count + 1
        return continuesGroup ? open.last?.header.group ?? n : n
    }

    /// Writes a forget into the open batch, and closes it: it takes effect at once.
    ///
    /// - Parameters:
    ///   - proof: what it shows if whoever writes is no owner.
    ///   - isChecked: whether this device looks whether others would take it; a hostile one does not.
    /// - Returns: whether it was written.
    mutating func forget(
        _ entry: EntryID, showing proof: EntryProof?, isChecked: Bool = true, continuesGroup: Bool = false,
        _ ground: Ground
    ) -> Bool {
        guard let log, let member = log.member(identity.id) else { return false }
        let proof = member.role == .owner ? nil : proof
        let mayForget = log.mayForget(entry, by: member, proof: proof, checks.hash)
        guard mayForget || !isChecked || ground.bug == .forgetsUnchecked else { return false }
        if !isChecked { overreached.insert(entry) }
        let header = EditHeader(
            entry: entry, tokens: [], isForget: true, proof: proof, group: nextGroup(continuesGroup), boxHash: nil)
        open.append(Edit(header, box: nil))
        close()
        return true
    }

    // MARK: Questions

    mutating func answer(_ question: ReplicaQuestion, _ ground: inout Ground) -> ReplicaAnswer {
        switch question {
        case .logEnd: return .logEnd(end)
        case .relation(let theirs):
            guard let log else { return .relation(theirs == .empty ? .equal : .ahead) }
            let relation = log.relation(toCount: theirs.count, head: theirs.head)
            guard relation == .equal else { return .relation(relation) }
            if ground.bug != .neverRaises, let raise = owedRaise { return .owesRecord(raise.linked) }
            return owesEpoch ? .owesEpoch : .relation(.equal)
        case .records(let position):
            return .records(log.map { $0.records(from: position).map(\.linked) } ?? [], end: end)
        case .extendLog(let previous, let record):
            let answer = extendLog(previous, record, &ground)
            handOn()
            return answer
        case .frontier:
            close()
            guard ground.bug == .believesTheClock else { return .frontier(edits.frontier) }
            var frontier = edits.frontier
            for end in believed.ends where end.dot.n > frontier.clock[end.dot.replica] { frontier.advance(to: end) }
            return .frontier(frontier)
        case .compare(let theirs):
            handOn()
            return compare(theirs, ground)
        case .tips(let replica, let numbers):
            let ends = edits.ends(of: replica, at: numbers)
            let step = (ends.count + WireLimits.tipsMax - 1) / WireLimits.tipsMax
            // Counted from the last, so that it is always among them.
            return .tips(ends.indices.filter { (ends.count - 1 - $0) % max(step, 1) == 0 }.map { ends[$0] })
        case .judge(let dot, let code): return .judged(judges(dot, code))
        case .provesFork(let batch): return .judged(isFork(batch))
        case .noteRemoval(let record):
            if isRemoval(record) { isShownRemoved = true }
            return .done
        case .rebase(let roots, let shared, let dropping):
            return rebase(roots, shared: shared, dropping: Set(dropping), &ground)
        case .reseal(let shared):
            guard let (rewritten, quarantined) = reseal(shared, &ground) else { return .done }
            return .rebased(rewritten: rewritten, quarantined: quarantined)
        case .batches(let clock, let without, let room): return batches(beyond: clock, without, room, ground)
        case .take(let batch):
            let answer = take(batch, &ground)
            handOn()
            return answer
        case .quarantine(let batch, let code):
            quarantine(batch, code, &ground)
            return .done
        case .serverHolds(let ends):
            for end in ends { serverHeld.advance(to: end.dot) }
            return .done
        case .missingBoxes(let besides): return .missingBoxes(missingBoxes.filter { !besides.contains($0) })
        case .boxes(let dots, let room): return .boxes(edits.boxes(space, dots, room: room))
        case .supply(let dot, let box):
            if ground.bug == .dropsLateBoxes { return .done }
            return supply(box, for: dot, &ground) ? .done : .refused(.malformed)
        case .makeRecord(let cut): return makeRecord(cut)
        }
    }
}
