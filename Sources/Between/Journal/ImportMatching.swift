import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Sealing

/// Matches entries of a program that has no ids with entries of a journal.
///
/// An entry is identified by its place at the source, a minute, and by its text. It matches an existing entry only if
/// the text is the same, was the same before, or is clearly a later state of it; all others get an id derived from
/// place and text, which is the same on every device. Absence from a file means nothing. Each existing entry matches
/// at most one imported entry. Decision 14 has the reasons.
struct ImportMatching {
    /// One side of a comparison: an imported or an existing entry.
    struct Side {
        /// The texts that it had at its source, as far as they were imported; the last is the current one.
        var texts: [Text]
        var tags: Set<FieldName> = []
        /// The text that is shown here.
        var shown: Text?
        /// Its position among the entries of its place in the file; `nil` if unknown.
        var number: Int?

        var text: Text { texts.last ?? "" }
    }

    /// The result of matching one entry.
    struct Found {
        let id: EntryID
        /// `nil` for an entry of our own export.
        let name: ImportName?
        /// Whether the existing entry is a later state of it.
        var isOlder = false
        /// The entry as read within the same transaction.
        var held: Held?
    }

    struct Held {
        let entry: Entry
        let edits: [StoreReader.HeldEdit]
    }

    private struct Known {
        let id: EntryID
        let name: ImportName
        let side: Side
        let held: Held
    }

    let reader: StoreReader
    let keyring: Keyring
    let keys: SpaceKeys
    let source: Text
    let place: Text
    /// Whether either side may be the later one, as when two journals are joined.
    var isMutual = false

    /// The most pairs of texts compared in one place; beyond that, only equal texts match.
    private static let comparisonsMax = 40_000
    /// The most entries of one place that are looked up by the ids of earlier versions.
    private static let placesMax = 10_000

    /// - Parameters:
    ///   - sides: all entries of one place, in the order of the file.
    ///   - moments: their times.
    /// - Returns: one result per entry.
    func find(_ sides: [Side], at moments: Set<String>) throws -> [Found] {
        let (known, forgotten) = try known(sides, moments)
        var found: [Found?] = Array(repeating: nil, count: sides.count)
        var isTaken = Array(repeating: false, count: known.count)
        var owners: [Int: Int] = [:]
        func pair(_ side: Int, _ index: Int, isOlder: Bool = false) {
            let known = known[index]
            found[side] = Found(id: known.id, name: known.name, isOlder: isOlder, held: known.held)
            isTaken[index] = true
            owners[index] = side
        }
        func pairAll(_ candidates: [Text: [Int]], isOlder: Bool = false, _ fits: (Side, Known) -> Bool) {
            for (number, side) in sides.enumerated() where found[number] == nil {
                let index = candidates[side.text]?.first { !isTaken[$0] && fits(side, known[$0]) }
                if let index { pair(number, index, isOlder: isOlder) }
            }
        }
        func byText(_ texts: (Side) -> [Text]) -> [Text: [Int]] {
            var indices: [Text: [Int]] = [:]
            for (index, known) in known.enumerated() {
                for text in Set(texts(known.side)) { indices[text, default: []].append(index) }
            }
            return indices
        }
        if !known.isEmpty {
            let present = byText { [$0.text] }
            // Of entries with equal texts, those with equal tags match first.
            pairAll(present) { $0.tags == $1.side.tags }
            pairAll(present) { _, _ in true }
            pairAll(byText { $0.shown.map { [$0] } ?? [] }) { _, _ in true }
            // Earlier versions, which derived ids from positions, may have replaced a text by an unrelated one.
            pairAll(byText { $0.texts }, isOlder: true) { side, known in
                known.name.isOfText || Self.share(of: side.text, in: known.side.text) != nil
            }
            if isMutual {
                for (number, side) in sides.enumerated() where found[number] == nil {
                    let index = side.texts.dropLast().reversed().lazy.compactMap { text in
                        present[text]?.first { !isTaken[$0] }
                    }.first
                    if let index { pair(number, index) }
                }
            }
            let free = sides.indices.filter { found[$0] == nil }
            for (number, index) in laterStates(sides, free, known, known.indices.filter { !isTaken[$0] }) {
                pair(number, index)
            }
        }
        // A forgotten entry has lost its text, and only an id derived from its position is left: if no other entry of
        // this place moved, the entry at that position matches it.
        let isInPlace = known.indices.allSatisfy { index in
            guard let place = known[index].name.number, let owner = owners[index] else {
                return known[index].name.number == nil
            }
            return sides[owner].number == place
        }
        let names = Set(known.map(\.name))
        var ordinals: [Text: Int] = [:]
        return try sides.enumerated().map { number, side in
            if let found = found[number] { return found }
            if isInPlace, let place = side.number, forgotten.contains(place) {
                return named(.ofPlace(place, source: source, place: self.place))
            }
            return try fresh(side.text, &ordinals, unlike: names)
        }
    }

    /// Matches an entry that has an id at its source. If several entries here have that id, because a file repeated
    /// it, the text decides.
    func findNamed(_ side: Side, at moments: Set<String>) throws -> Found {
        let plain = named(ImportName(source: source, id: place))
        let others = try known([side], moments).known.filter { $0.id != plain.id }
        return try others.isEmpty ? plain : find([side], at: moments)[0]
    }

    /// A new id derived from the text.
    ///
    /// - Parameter ordinals: the last ordinal used for each text.
    private func fresh(
        _ text: Text, _ ordinals: inout [Text: Int], unlike names: Set<ImportName>
    ) throws -> Found {
        let first = (ordinals[text] ?? 0) + 1
        for ordinal in first... {
            ordinals[text] = ordinal
            let name = ImportName.ofText(text, ordinal, source: source, place: place)
            guard !names.contains(name) else { continue }
            let new = named(name)
            // A forgotten entry stays forgotten; an existing one has become another entry.
            if try reader.presence(of: new.id) != .here { return new }
        }
        preconditionFailure("names do not end")
    }

    private func named(_ name: ImportName) -> Found {
        Found(id: keys.importedEntryID(source: name.source.string, id: name.id.string), name: name)
    }

    /// The existing entries of this place, and the positions of entries that earlier versions named by position and
    /// that were forgotten.
    private func known(_ sides: [Side], _ moments: Set<String>) throws -> (known: [Known], forgotten: Set<Int>) {
        var known: [Known] = []
        var met: Set<EntryID> = []
        for moment in moments.sorted() {
            for id in try reader.ids(at: moment) where met.insert(id).inserted {
                if let found = try self.known(id) { known.append(found) }
            }
        }
        var counts: [Text: Int] = [:]
        for known in known { counts[known.side.text, default: 0] += 1 }
        let isComplete = sides.allSatisfy { side in
            counts[side.text, default: 0] -= 1
            return counts[side.text, default: 0] >= 0
        }
        // All entries were found by time, for example if the same file is imported again.
        if isComplete { return (known.sorted { $0.name.order < $1.name.order }, []) }
        // Entries whose time was changed here are found by their ids.
        var ids = [named(ImportName(source: source, id: place)).id]
        var forgotten: Set<Int> = []
        for number in 1...Self.placesMax {
            let id = named(.ofPlace(number, source: source, place: place)).id
            let presence = try reader.presence(of: id)
            if presence == .unknown { break }
            if presence == .forgotten { forgotten.insert(number) } else { ids.append(id) }
        }
        for text in Set(sides.map(\.text)).sorted() {
            for ordinal in 1... {
                let id = named(.ofText(text, ordinal, source: source, place: place)).id
                let presence = try reader.presence(of: id)
                if presence == .unknown { break }
                if presence == .here { ids.append(id) }
            }
        }
        for id in ids where met.insert(id).inserted {
            if let found = try self.known(id) { known.append(found) }
        }
        return (known.sorted { $0.name.order < $1.name.order }, forgotten)
    }

    /// An entry here, if it is of this place.
    private func known(_ id: EntryID) throws -> Known? {
        let held = try reader.edits(of: id, keyring)
        let edits = EntryPast.edits(held)
        guard let name = edits.lazy.compactMap(\.content.imported).first, name.source == source,
            name.place == place || name.id == place, let entry = try reader.entry(id)
        else { return nil }
        let side = Side(texts: edits.importedTexts, tags: entry.tags, shown: entry.text("body").map { Text($0) })
        return Known(id: id, name: name, side: side, held: Held(entry: entry, edits: held))
    }

    /// Pairs of which one text is clearly a later state of the other, and which are each other's only best match.
    private func laterStates(
        _ sides: [Side], _ free: [Int], _ known: [Known], _ freeKnown: [Int]
    ) -> [(side: Int, known: Int)] {
        guard !free.isEmpty, !freeKnown.isEmpty, free.count <= Self.comparisonsMax / freeKnown.count else { return [] }
        let new = free.map { WordPairs(sides[$0].text.string) }
        let old = freeKnown.map { WordPairs(known[$0].side.text.string) }
        var ofSide = Array(repeating: Best(), count: free.count)
        var ofKnown = Array(repeating: Best(), count: freeKnown.count)
        for row in new.indices {
            for column in old.indices {
                var share = old[column].share(in: new[row])
                if isMutual, let other = new[row].share(in: old[column]) { share = max(share ?? 0, other) }
                guard let share else { continue }
                ofSide[row].note(column, share)
                ofKnown[column].note(row, share)
            }
        }
        return new.indices.compactMap { row in
            // If two candidates are equally similar, neither matches.
            guard let column = ofSide[row].only, ofKnown[column].only == row else { return nil }
            return (free[row], freeKnown[column])
        }
    }

    private struct Best {
        private(set) var only: Int?
        private var share = 0.0

        mutating func note(_ index: Int, _ share: Double) {
            if share > self.share {
                (only, self.share) = (index, share)
            } else if share == self.share {
                only = nil
            }
        }
    }

    private static func share(of earlier: Text, in later: Text) -> Double? {
        WordPairs(earlier.string).share(in: WordPairs(later.string))
    }
}

extension ImportName {
    /// The name of an entry without an id at its source.
    ///
    /// - Parameter ordinal: its number among those with the same text, from 1.
    static func ofText(_ text: Text, _ ordinal: Int, source: Text, place: Text) -> ImportName {
        let digits = Hash256.sha256(Array(text.string.utf8)).bytes.prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let id = "\(place) #\(digits.joined())" + (ordinal > 1 ? " \(ordinal)" : "")
        return ImportName(source: source, id: Text(id))
    }

    /// The name that earlier versions gave, derived from the position in the file rather than from the entry.
    static func ofPlace(_ number: Int, source: Text, place: Text) -> ImportName {
        ImportName(source: source, id: Text("\(place) \(number)"))
    }

    /// The place of an entry without an id at its source; `nil` for one with an id.
    var place: Text? { parts?.place }

    /// Its position in its place, if an earlier version derived the name from that.
    var number: Int? { parts.flatMap { $0.isOfText ? nil : $0.number } }

    var isOfText: Bool { parts?.isOfText ?? false }

    /// Names by position first, in their numerical order.
    fileprivate var order: ImportNameOrder {
        ImportNameOrder(isOfText: isOfText, number: parts?.number ?? 0, id: id)
    }

    private var parts: (place: Text, isOfText: Bool, number: Int)? {
        let words = id.string.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count > 1, let last = words.last else { return nil }
        func place(_ count: Int) -> Text { Text(words.dropLast(count).joined(separator: " ")) }
        if Self.isKey(last) { return (place(1), true, 1) }
        guard last.utf8.count < 10, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(last) else {
            return nil
        }
        if words.count > 2, Self.isKey(words[words.count - 2]) { return (place(2), true, number) }
        return source == "jrnl" ? (place(1), false, number) : nil
    }

    private static func isKey(_ word: Substring) -> Bool {
        word.utf8.count == 33 && word.utf8.first == UInt8(ascii: "#")
            && word.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

private struct ImportNameOrder: Comparable {
    let isOfText: Bool
    let number: Int
    let id: Text

    static func < (left: Self, right: Self) -> Bool {
        if left.isOfText != right.isOfText { return right.isOfText }
        return left.number != right.number ? left.number < right.number : left.id < right.id
    }
}

extension Entry {
    var tags: Set<FieldName> { Set(elements(of: "tags").map { FieldName("tags", element: $0) }) }
}

extension [FieldName: JSONValue] {
    var tags: Set<FieldName> { Set(filter { $0.key.collection == "tags" && $0.value == .bool(true) }.keys) }
}

extension [EntryPast.Edit] {
    /// The texts that an entry had at its source, as far as they were imported, in order.
    var importedTexts: [Text] {
        var texts: [Text] = []
        for edit in self where edit.content.imported != nil {
            let text = edit.content.fields["body"].map { Text($0.asText ?? "") } ?? texts.last ?? ""
            if texts.last != text { texts.append(text) }
        }
        return texts
    }
}

extension JournalTransaction {
    /// The other ids under which an imported entry would come back: derived from each text that it had at its source,
    /// or has here. They are forgotten with it; nothing can be inferred from them.
    func otherImportedNames(of id: EntryID) throws -> [EntryID] {
        let edits = EntryPast.edits(try store.reader.edits(of: id, access.keyring))
        guard let name = edits.lazy.compactMap(\.content.imported).first, let place = name.place else { return [] }
        var texts = Set(edits.importedTexts)
        if let entry = try store.reader.entry(id) { texts.insert(Text(entry.text("body") ?? "")) }
        let ids = texts.sorted().map { text in
            let name = ImportName.ofText(text, 1, source: name.source, place: place)
            return access.keys.importedEntryID(source: name.source.string, id: name.id.string)
        }
        return try ids.filter { try $0 != id && store.reader.presence(of: $0) == .unknown }
    }
}
