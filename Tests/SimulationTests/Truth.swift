import Causality
import TestSupport

/// One value that somebody gave one field; no two are alike.
struct Fact: Hashable, CustomStringConvertible {
    let entry: EntryID
    let field: FieldToken
    let value: Int

    func hash(into hasher: inout Hasher) { hasher.combine(value << 2 | Int(truncatingIfNeeded: field.bits & 3)) }

    var description: String { "value \(value) of field \(field.bits) of entry \(entry.low)" }
}

/// What was written in a world and what its authors had read: kept beside the world, and known to nobody in it.
struct Truth {
    /// What each box says, also after nobody holds it any more.
    private(set) var said: [Hash256: [Fact]] = [:]
    /// What an author could have read when writing a value.
    private(set) var past: [Fact: Set<Fact>] = [:]
    /// As much of it as the edit claims: "nothing of that line from n on" is said though some of it did open.
    private(set) var claimed: [Fact: Set<Fact>] = [:]
    /// Entries that somebody forgot who had the right to, whether or not others heard of it.
    var everForgotten: Set<EntryID> = []
    /// Values whose edits were ever written again or set aside: that may come back.
    var moved: Set<Fact> = []
    /// Values that were nowhere but on a disk that went back to an older copy.
    var gone: Set<Fact> = []
    /// Boxes that a server refuses for themselves.
    var refusable: Set<Hash256> = []

    /// What an edit says, whether or not anybody can read it where it is held.
    func said(by edit: Edit) -> [Fact] { edit.header.boxHash.flatMap { said[$0] } ?? [] }

    func said(in batches: some Sequence<Batch>) -> Set<Fact> {
        Set(batches.lazy.flatMap(\.edits).flatMap { said(by: $0) })
    }

    /// What can be read of an edit as it is held: a stub holds no text.
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

/// Chance and truth: all that the parts of a world share beside messages.
struct Ground {
    var generator: SeededGenerator
    var truth = Truth()
    /// How many incarnations were ever minted; no two are alike, whatever was copied.
    var incarnations = 0
    var values = 0
    /// How likely an edit of somebody else does not open.
    var misfortune = 0.0
    let bug: SeededBug?
    /// What went wrong, the first of all.
    var violation: String?

    init(seed: Int, bug: SeededBug?) {
        generator = SeededGenerator(seed: seed)
        self.bug = bug
    }

    mutating func violate(_ what: @autoclosure () -> String) {
        if violation == nil { violation = what() }
    }
}
