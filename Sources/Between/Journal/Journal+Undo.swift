import CanonicalJSON
public import Causality
import Records
import ReplicaStore

extension Journal {
    /// The result of an undo.
    public struct Undone: Hashable, Sendable {
        /// Entries that were changed.
        public let entries: [EntryID]
        /// The number of entries that were left unchanged, since they were changed after the step.
        public let kept: Int
    }

    /// Undoes a step by a new edit: each field in which a value of the step is still live gets its previous value.
    /// Undoing an undo restores what it removed.
    ///
    /// - Parameter edit: an edit of the step; `nil` for this device's last edit that is neither an undo nor undone.
    /// - Returns: what was changed. An import is one step; entries that it created go to the trash.
    /// - Throws: ``JournalError`` `nothingToUndo`, or `notFound` if there is no such edit.
    public func undo(_ edit: Dot? = nil) async throws -> Undone {
        try await write { transaction in
            guard let space = try transaction.store.reader.space(named: Self.privateSpace) else {
                throw StoreError.inconsistent("no private space")
            }
            let reader = transaction.store.reader
            let found = try edit.map { try reader.step(of: $0, in: space) } ?? reader.lastStep(in: space)
            guard let step = found else {
                throw edit.map {
                    JournalError(.notFound, "There is no edit \($0). Nothing was changed.", next: "See: btw history ID")
                }
                    ?? JournalError(
                        .nothingToUndo, "There is nothing to undo. Nothing was changed.", next: "See: btw list")
            }
            guard !step.edits.isEmpty else {
                throw JournalError(
                    .nothingToUndo, "That edit was undone before. Nothing was changed.", next: "See: btw history ID")
            }
            guard !step.isForget else {
                throw JournalError(
                    .nothingToUndo, "Forgetting cannot be undone; nothing of the entry is left. Nothing was changed.",
                    next: "To undo an earlier edit, take its name from: btw history ID")
            }
            return try transaction.undo(step)
        }
    }
}

extension JournalTransaction {
    func undo(_ step: StoreReader.Step) throws -> Journal.Undone {
        // The edits of the step by entry, in the order of the entries' first edits.
        var order: [EntryID] = []
        var dots: [EntryID: Set<Dot>] = [:]
        for (dot, entry) in step.edits {
            if dots[entry] == nil { order.append(entry) }
            dots[entry, default: []].insert(dot)
        }
        let label: Text? = order.count > 1 ? Text("undo \(step.edits[0].dot)") : nil
        var drafts: [StoreWriter.Draft] = []
        var kept = 0
        for entry in order {
            let undone = dots[entry] ?? []
            let fields = try before(undone, of: entry)
            guard !fields.isEmpty else {
                kept += 1
                continue
            }
            var content = content(fields, label: label)
            content.undoes = undone.sorted()
            drafts.append(.init(entry, content))
        }
        guard !drafts.isEmpty else {
            throw JournalError(
                .nothingToUndo,
                "What that edit wrote was changed since, so there is nothing of it to take back. Nothing was changed.",
                next: "See: btw history ID")
        }
        // Each entry is a group of its own; the label makes them one step.
        for draft in drafts { try writer.append([draft]) }
        return Journal.Undone(entries: drafts.map(\.entry), kept: kept)
    }

    /// The fields of an entry that would have another value without these edits, with that value.
    private func before(_ undone: Set<Dot>, of entry: EntryID) throws -> [FieldName: JSONValue] {
        let edits = try store.reader.edits(of: entry, access.keyring)
        let undone = undone.union(edits.undoneWithin(undone))
        let now = EffectiveEdits(edits)
        let then = EffectiveEdits(edits, without: undone)
        let mine = edits.filter { undone.contains($0.context.dot) }
        if now.values.contains(where: { undone.contains($0.context.dot) && $0.content?.fields["kind"] != nil }) {
            // The entry did not exist before. It is kept if it was changed since.
            let isTouched = then.values.contains {
                $0.content?.fields.keys.contains { $0 != EntryVersions.gone } == true
            }
            return isTouched ? [:] : [EntryVersions.gone: "trashed"]
        }
        let kind = try store.reader.entry(entry)?.kind ?? .note
        var fields: [FieldName: JSONValue] = [:]
        for edit in mine {
            for name in edit.content?.fields.keys ?? [:].keys {
                let isLive = now.live(name).contains { $0.dot == edit.context.dot } || edit.live.contains(name)
                guard isLive else { continue }
                let rule = Schema.field(name, of: kind)?.rule ?? .greatest
                fields[name] = rule.resolve(then.live(name), history: { then.history(name) }).value
            }
        }
        return fields
    }
}

extension [StoreReader.HeldEdit] {
    /// The edits that were undone by others of their step: a join rewrites both.
    fileprivate func undoneWithin(_ step: Set<Dot>) -> Set<Dot> {
        let contents = compactMap { step.contains($0.context.dot) ? $0.content : nil }
        guard let label = contents.first?.label else { return [] }
        let undone = contents.reduce(into: Set()) { $0.formUnion($1.undoes) }
        return Set(filter { $0.content?.label == label && undone.contains($0.context.dot) }.map(\.context.dot))
    }
}

/// The effective edits of an entry: without those that were undone, and without the undos themselves.
///
/// Undoing an undo makes the original edit effective again. An undo of the entry's first edit put it into the trash,
/// and counts like any other edit: the fields keep their values for a later restore.
private struct EffectiveEdits {
    private(set) var values: [StoreReader.HeldEdit] = []

    init(_ edits: [StoreReader.HeldEdit], without undone: Set<Dot> = []) {
        var undone = undone
        let beginnings = Set(edits.filter { $0.content?.fields["kind"] != nil }.map(\.context.dot))
        for edit in edits.reversed() where !undone.contains(edit.context.dot) {
            guard let content = edit.content else { continue }
            if beginnings.isDisjoint(with: content.undoes), !content.undoes.isEmpty {
                undone.formUnion(content.undoes)
            } else {
                values.append(edit)
            }
        }
        values.reverse()
    }

    func live(_ name: FieldName) -> [Version<JSONValue>] {
        var register = MultiValueRegister<JSONValue>()
        for edit in values {
            if let value = edit.content?.fields[name] { register.merge(Version(value, edit.context)) }
        }
        return register.live
    }

    func history(_ name: FieldName) -> [Version<JSONValue?>] {
        values.compactMap { edit in edit.content?.fields[name].map { Version(Optional($0), edit.context) } }
    }
}
