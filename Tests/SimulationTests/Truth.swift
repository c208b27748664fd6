import Causality
import TestSupport

/// One value of one field; no two are alike.
struct Fact: Hashable, CustomStringConvertible {
    let entry: EntryID
    let field: FieldToken
    let value: Int

    func hash(into hasher: inout Hasher) { hasher.combine(value << 2 | Int(truncatingIfNeeded: field.bits & 3)) }

    var description: String { "value \(value) of field \(field.bits) of entry \(entry.low)" }
}

/// All that was written in a simulation, and what its authors had read: kept outside of the simulation.
struct Truth {
    /// The content of each box, also after nobody holds it any more.
    private(set) var said: [Hash256: [Fact]] = [:]
    /// The facts that an author could have read when writing a value.
    private(set) var past: [Fact: Set<Fact>] = [:]
    /// The part of it that the edit claims: an unread mark also covers later boxes of the feed that did open.
    private(set) var claimed: [Fact: Set<Fact>] = [:]
    /// Entries that somebody with the right to it forgot, even if others never learned of it.
    var everForgotten: Set<EntryID> = []
    /// Values whose edits were ever rewritten or quarantined, and may come back.
    var moved: Set<Fact> = []
    /// Values that were only on a disk that was restored from an older copy.
    var gone: Set<Fact> = []
    /// Boxes that a server refuses in themselves.
    var refusable: Set<Hash256> = []

    /// The content of an edit, even if no holder can read it.
    func said(by edit: Edit) -> [Fact] { edit.header.boxHash.flatMap { said[$0] } ?? [] }

    func said(in batches: some Sequence<Batch>) -> Set<Fact> {
        Set(batches.lazy.flatMap(\.edits).flatMap { said(by: $0) })
    }

    /// The readable content of an edit as it is held: a stub has none.
    func facts(_ edit: Edit) -> [Fact] { edit.box == nil ? [] : said(by: edit) }

    func facts(of batches: some Sequence<Batch>) -> Set<Fact> {
        Set(batches.lazy.flatMap(\.edits).flatMap { self.facts($0) })
    }

    mutating func write(_ facts: [Fact], box: Hash256, past read: Set<Fact>, unclaimed: Set<Fact>) {
        said[box] = facts
        for fact in facts {
            past[fact] = read
            claimed[fact] = unclaimed.isEmpty ? read : read.subtracting(unclaimed)
        }
    }
}

/// Randomness and truth: the state that the parts of a simulation share besides messages.
struct Ground {
    var generator: SeededGenerator
    var truth = Truth()
    /// The count of incarnations; no two are alike, even of copies.
    var incarnations = 0
    var values = 0
    /// The probability that an edit of another person does not open.
    var misfortune = 0.0
    let bug: SeededBug?
    /// The first violation.
    var violation: String?

    init(seed: Int, bug: SeededBug?) {
        generator = SeededGenerator(seed: seed)
        self.bug = bug
    }

    mutating func violate(_ what: @autoclosure () -> String) {
        if violation == nil { violation = what() }
    }
}
