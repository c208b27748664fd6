import CanonicalJSON
import Causality
import Records

/// The state of one device, plain and slow: a list of edits, and every answer computed from that list by the
/// definition.
struct ReplicaModel {
    /// An edit as its author wrote it.
    struct Written {
        let context: CausalContext
        let entry: EntryID
        /// `nil` for a forget.
        let content: EditContent?

        var dot: Dot { context.dot }
    }

    enum State: String {
        case opened, stub, unopened
    }

    struct Held {
        let written: Written
        var state: State
        let isOwn: Bool

        var dot: Dot { written.dot }
        var content: EditContent? { state == .opened ? written.content : nil }

        func sets(_ name: FieldName) -> Bool { written.content?.fields[name] != nil }
    }

    /// In the order of arrival.
    var held: [Held] = []
    /// The end of each feed's closed batches, which can be sent.
    private(set) var closed = VectorClock()
    var forgotten: Set<EntryID> = []
    /// Entries in the order of their first edits.
    private(set) var met: [EntryID] = []
    private(set) var changes: [MergeChange] = []
    /// The fields whose last recorded change is of a conflict that is still there.
    private var open: [EntryID: Set<FieldName>] = [:]
    var ownFeeds: Set<ReplicaID> = []
    /// The replica of this device's current incarnation.
    var own: ReplicaID?
    /// Edits that cannot be opened here.
    private(set) var refused: Set<Dot> = []

    var clock: VectorClock { VectorClock(held.map(\.dot)) }

    // MARK: Events

    /// Writes a group; the dots are those that the store gave, and must be the next.
    mutating func write(_ group: [(entry: EntryID, content: EditContent?)], as dots: [Dot]) -> [Written] {
        var seen = clock
        own = dots.first?.replica ?? own
        if let own {
            ownFeeds.insert(own)
            seen.remove(own)
        }
        let edits = zip(group, dots).map { edit, dot in
            Written(
                context: CausalContext(
                    dot: dot, seen: seen, unread: unread(of: edit.entry, Set((edit.content?.fields ?? [:]).keys))),
                entry: edit.entry,
                content: edit.content)
        }
        for edit in edits { hold(edit, .opened) }
        return edits
    }

    mutating func closeBatch() { closed = clock }

    /// Continues under a new replica, which is known once something is written.
    mutating func beginOwnFeed() {
        closeBatch()
        own = nil
    }

    /// Takes an edit of a received batch.
    mutating func take(_ edit: Written, hasBox: Bool) {
        if held.contains(where: { $0.dot == edit.dot }) {
            if hasBox { supply(edit) }
        } else {
            hold(edit, !hasBox ? .stub : refused.contains(edit.dot) ? .unopened : .opened)
        }
        closeBatch()
    }

    /// Gets the box of an edit that may be held without it.
    mutating func supply(_ edit: Written) {
        guard edit.content != nil, !forgotten.contains(edit.entry),
            let index = held.firstIndex(where: { $0.dot == edit.dot }), held[index].state == .stub
        else { return }
        held[index].state = refused.contains(edit.dot) ? .unopened : .opened
    }

    /// Opens all boxes again, of which exactly these do not open now.
    mutating func rebuild(refusing dots: Set<Dot>) {
        refused = dots
        for index in held.indices where held[index].state != .stub && held[index].written.content != nil {
            held[index].state = dots.contains(held[index].dot) ? .unopened : .opened
        }
    }

    /// These future boxes do not open.
    mutating func refuse(_ dots: Set<Dot>) { refused = dots }

    mutating func hold(_ edit: Written, _ state: State) {
        if !met.contains(edit.entry) { met.append(edit.entry) }
        held.append(Held(written: edit, state: state, isOwn: ownFeeds.contains(edit.dot.replica)))
        if edit.content == nil {
            forgotten.insert(edit.entry)
            changes.removeAll { $0.entry == edit.entry }
            open[edit.entry] = nil
        }
        guard forgotten.contains(edit.entry) else { return }
        for index in held.indices where held[index].written.entry == edit.entry && held[index].written.content != nil {
            held[index].state = .stub
        }
    }

    private func unread(of entry: EntryID, _ names: Set<FieldName>) -> [Dot] {
        var least: [ReplicaID: Int] = [:]
        for edit in held where edit.written.entry == entry && (edit.state == .unopened || isMissing(edit, names)) {
            least[edit.dot.replica] = min(least[edit.dot.replica] ?? .max, edit.dot.n)
        }
        return least.map { Dot($0.key, $0.value) }.sorted()
    }

    /// Whether it is held without its box and live in one of these fields, or may be the first edit that sets one.
    private func isMissing(_ edit: Held, _ names: Set<FieldName>) -> Bool {
        guard edit.state == .stub, let content = edit.written.content else { return false }
        let merged = held(of: edit.written.entry).filter { $0.state != .unopened }
        let here = names.intersection(content.fields.keys)
        return mayBeFirst(edit, in: here)
            || here.contains { name in !merged.contains { $0.sets(name) && $0.written.context.saw(edit.dot) } }
    }

    /// Whether an edit that is held without its box may be the first that sets a field that is set once.
    func mayBeFirst(_ edit: Held, in names: Set<FieldName> = Set(FirstValues.names)) -> Bool {
        guard edit.state == .stub, let content = edit.written.content else { return false }
        return FirstValues.names.contains { name in
            names.contains(name) && content.fields[name] != nil
                && !held(of: edit.written.entry).contains {
                    $0.state != .unopened && $0.sets(name) && edit.written.context.saw($0.dot)
                }
        }
    }

    /// Ends a transaction: records the outcome of merges, unless it is the last recorded one of the field.
    mutating func commit() {
        for id in met {
            guard let shown = shown(id) else { continue }
            let isRevived = isRevivedByMerge(shown.versions)
            open[id]?.formIntersection(shown.conflicts.map(\.0) + (isRevived ? ["gone"] : []))
            for (name, resolution) in shown.conflicts where !resolution.isPending {
                noteChange(
                    shown.entry, name, resolution.rule?.name.string ?? "", resolution.value, resolution.others)
            }
            if isRevived { noteChange(shown.entry, "gone", "alive", .null, ["trashed"]) }
        }
    }

    private mutating func noteChange(
        _ entry: Entry, _ name: FieldName, _ rule: String, _ chosen: JSONValue, _ others: [JSONValue]
    ) {
        let index = changes.lastIndex { $0.entry == entry.id && $0.field == name }
        if let index {
            let last = changes[index]
            if last.rule == rule, last.chosen == chosen, last.others == others { return }
            if open[entry.id]?.contains(name) == true { changes.remove(at: index) }
        }
        open[entry.id, default: []].insert(name)
        changes.append(
            MergeChange(
                number: 0, entry: entry.id, field: name, at: entry.edited, rule: rule, chosen: chosen, others: others))
    }

    /// Whether an edit restored it from the trash concurrently with the edit that put it there.
    private func isRevivedByMerge(_ versions: EntryVersions) -> Bool {
        guard !versions.isTrashed else { return false }
        let gone = (versions.fields["gone"] ?? []).filter { $0.value != .null }.map(\.context)
        let others = versions.fields.filter { $0.key != "gone" }.flatMap(\.value).map(\.context)
        return gone.contains { gone in
            others.contains { !gone.saw($0.dot) && !$0.saw(gone.dot) && $0.dot != gone.dot }
        }
    }
}
