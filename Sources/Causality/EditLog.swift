/// An in-memory store of one space: its batches in the order of their arrival, and the live edits of each field. The
/// SQLite stores of devices and servers are tested against it, and the simulator runs on it.
public struct EditLog: Sendable {
    /// Placeholder for a value that is sealed in its box.
    public struct Boxed: Hashable, Sendable {}

    public typealias Registers = [FieldToken: MultiValueRegister<Boxed>]

    private let space: [UInt8]
    private let hash: HashFunction
    /// The batches in the order of their arrival. Each edit has its box, if it came.
    public private(set) var batches: [Batch] = []
    /// The live edits of each entry's fields, without the edits in ``unopened``.
    public private(set) var registers: [EntryID: Registers] = [:]
    public private(set) var forgotten: Set<EntryID> = []
    /// Edits whose boxes are held but cannot be opened.
    public private(set) var unopened: Set<Dot> = []
    private var feeds: [ReplicaID: FeedState] = [:]
    private var places: [Dot: Int] = [:]  // first dot of a batch: its index in `batches`
    private var firsts: [Dot: Dot] = [:]  // any dot: the first of its batch
    private var contexts: [Dot: VectorClock] = [:]  // first dot of a batch: its author's whole clock
    private var ends: [Dot: Hash256] = [:]

    /// An empty log of a space.
    public init(space: [UInt8], _ hash: @escaping HashFunction) {
        self.space = space
        self.hash = hash
    }

    public var frontier: Frontier {
        var frontier = Frontier()
        for feed in feeds.values where feed.end.dot.n > 0 { frontier.advance(to: feed.end) }
        return frontier
    }

    /// The state of a feed as far as it is held.
    public func feed(_ replica: ReplicaID) -> FeedState {
        feeds[replica] ?? FeedState(start: FeedState.start(space: space, replica: replica, hash), replica: replica)
    }

    /// The device key in a feed's origin; empty if nothing of the feed is held.
    public func deviceKey(of replica: ReplicaID) -> [UInt8] {
        places[Dot(replica, 1)].flatMap { batches[$0].header.origin?.deviceKey } ?? []
    }

    public func holding(_ dot: Dot) -> FeedState.Holding {
        if let end = ends[dot] { return .end(end) }
        return firsts[dot] == nil ? .nothing : .within
    }

    public func edit(_ dot: Dot) -> Edit? {
        guard let first = firsts[dot], let index = places[first] else { return nil }
        return batches[index].edits[dot.n - first.n]
    }

    public func context(of dot: Dot) -> CausalContext? {
        guard let first = firsts[dot], let seen = contexts[first], let edit = edit(dot) else { return nil }
        return CausalContext(dot: dot, seen: seen, unread: edit.header.unread)
    }

    public func outline(of batch: Batch) -> BatchOutline {
        let edits = batch.edits.map { BatchOutline.Edit(group: $0.header.group, unread: $0.header.unread) }
        return BatchOutline(
            first: batch.header.firstDot, seen: contexts[batch.header.firstDot] ?? .init(), edits: edits)
    }

    public var liveDots: Set<Dot> {
        Set(registers.values.lazy.flatMap(\.values).flatMap(\.live).map(\.dot))
    }

    /// Adds a whole batch, or throws and changes nothing. A batch that is held already only supplies missing boxes.
    public mutating func take(_ batch: Batch) throws(Refusal) {
        let first = batch.header.firstDot
        switch try feed(batch.header.replica).judge(batch, holding: holding, hash) {
        case .held:
            for (dot, edit) in batch.dotted { edit.box.map { supply($0, for: dot) } }
        case .extends(let feed):
            feeds[batch.header.replica] = feed
            ends[feed.end.dot] = feed.end.hash
            contexts[first] = feed.seen.clock
            places[first] = batches.count
            for (dot, _) in batch.dotted { firsts[dot] = first }
            batches.append(batch)
            for (dot, edit) in batch.dotted { merge(edit, dot) }
        }
    }

    /// Adds the box of an edit that was held as a stub.
    public mutating func supply(_ box: [UInt8], for dot: Dot) {
        guard let edit = edit(dot), edit.box == nil, edit.header.boxHash == hash(box),
            !forgotten.contains(edit.header.entry)
        else { return }
        setBox(box, of: dot)
    }

    /// Sets the edits that cannot be opened, and recomputes which edits are live.
    public mutating func setUnopened(_ dots: Set<Dot>) {
        unopened = dots
        remerge()
    }

    /// Removes divergent suffixes of feeds. Returns the removed batches in the order of their arrival.
    public mutating func remove(_ suffixes: DivergentSuffixes) -> [Batch] {
        let removed = batches.filter { suffixes.contains($0.header.firstDot) }
        let kept = batches.filter { !suffixes.contains($0.header.firstDot) }
        // If a forget is among the removed edits, its entry is live again, but its boxes may have been deleted.
        let unopened = unopened.filter { !suffixes.contains($0) && edit($0)?.box != nil }
        self = EditLog(space: space, hash)
        self.unopened = unopened
        for batch in kept {
            do { try take(batch) } catch { preconditionFailure("kept batch \(batch.header.firstDot): \(error)") }
        }
        return removed
    }

    private mutating func merge(_ edit: Edit, _ dot: Dot) {
        let entry = edit.header.entry
        if edit.header.isForget, forgotten.insert(entry).inserted {
            for held in firsts.keys where self.edit(held)?.header.entry == entry { setBox(nil, of: held) }
        }
        if forgotten.contains(entry) { setBox(nil, of: dot) }
        guard !unopened.contains(dot), let context = context(of: dot) else { return }
        for token in edit.header.tokens {
            registers[entry, default: [:]][token, default: .init()].merge(Version(Boxed(), context))
        }
    }

    private mutating func remerge() {
        registers = [:]
        for batch in batches { for (dot, edit) in batch.dotted { merge(edit, dot) } }
    }

    private mutating func setBox(_ box: [UInt8]?, of dot: Dot) {
        guard let first = firsts[dot], let index = places[first] else { return }
        batches[index].edits[dot.n - first.n].box = box
    }
}
