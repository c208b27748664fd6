import CanonicalJSON
import Causality
import Records

extension ReplicaModel {
    struct Shown {
        let entry: Entry
        let versions: EntryVersions
        /// The resolutions of fields with several values, by name.
        let conflicts: [(FieldName, Resolution)]
    }

    func held(of id: EntryID) -> [Held] { held.filter { $0.written.entry == id } }

    /// The live values of a field: those that no merged edit of it had seen.
    func live(_ name: FieldName, of id: EntryID) -> [Version<JSONValue>] {
        guard !forgotten.contains(id) else { return [] }
        let edits = held(of: id)
        let merged = edits.filter { $0.state != .unopened && $0.sets(name) }
        return edits.compactMap { edit in
            guard let value = edit.content?.fields[name] else { return nil }
            let isSuperseded = merged.contains { $0.written.context.saw(edit.dot) }
            return isSuperseded ? nil : Version(value, edit.written.context)
        }
    }

    /// An entry, unless none of it can be read.
    func shown(_ id: EntryID) -> Shown? {
        guard !forgotten.contains(id) else { return nil }
        let edits = held(of: id)
        var versions = EntryVersions(id: id)
        for name in Set(edits.flatMap { $0.content.map { Array($0.fields.keys) } ?? [] }) {
            let live = live(name, of: id)
            if !live.isEmpty { versions.fields[name] = live }
        }
        guard !versions.fields.isEmpty else { return nil }
        for name in FirstValues.names {
            let candidates = edits.compactMap { edit in
                edit.content?.fields[name].map {
                    FirstValues.Candidate($0, edit.written.context, by: nil, isProven: false)
                }
            }
            versions.firsts[name] = FirstValues.index(of: name, among: candidates).map {
                candidates[$0].shown(as: name)
            }
        }
        let resolutions = versions.resolutions { name in
            edits.compactMap { edit in
                guard edit.state != .unopened, edit.sets(name) else { return nil }
                return Version(edit.content?.fields[name], edit.written.context)
            }
        }
        var clock = VectorClock()
        for edit in edits where edit.state != .unopened {
            for dot in (edit.content?.origin ?? VectorClock([edit.dot])).dots { clock.advance(to: dot) }
        }
        let liveDots = Set(versions.fields.values.flatMap { $0.map(\.dot) })
        let edited = edits.filter { liveDots.contains($0.dot) }.compactMap { $0.content?.at }.max()
        let entry = Entry(versions, resolutions, clock: clock, edited: edited ?? Timestamp(millisSince1970: 0))
        let conflicts = resolutions.filter(\.value.isConflict).sorted { $0.key < $1.key }
        return Shown(entry: entry, versions: versions, conflicts: conflicts.map { ($0.key, $0.value) })
    }

    var shown: [Shown] { met.sorted().compactMap(shown) }

    /// The entries that a query selects, newest first.
    static func select(_ query: EntryQuery, from entries: [Entry]) -> [Entry] {
        entries.filter { entry in
            let at = entry.text("at") ?? ""
            let day = Text(String(at.prefix(10)))
            return (query.kind == nil || entry.kind == query.kind)
                && (query.from.map { !at.isEmpty && day >= Text($0.description) } ?? true)
                && (query.to.map { !at.isEmpty && day <= Text($0.description) } ?? true)
                && (query.tag.map { entry.elements(of: "tags").contains($0) } ?? true)
                && (query.about.map { Kind.known.contains(entry.kind) && entry.text("about") == $0.description } ?? true)
                && (query.isTrashed.map { entry.isTrashed == $0 } ?? true)
        }.sorted(by: isNewer)
    }

    static func isNewer(_ one: Entry, _ other: Entry) -> Bool {
        func key(_ entry: Entry) -> [Text] {
            [Text(entry.text("at") ?? ""), Text(entry.text("made") ?? ""), Text(entry.id.description)]
        }
        return key(other).lexicographicallyPrecedes(key(one))
    }

    // MARK: Search

    /// The entries that contain each of the words, as a run of words whose last may be a prefix, in texts or in tags
    /// and feelings.
    static func search(_ words: [String], in entries: [Entry]) -> [Entry] {
        let runs = words.map(Self.words(of:)).filter { !$0.isEmpty }
        guard !runs.isEmpty else { return [] }
        return entries.filter { entry in
            guard !entry.isTrashed, let names = searched[entry.kind] else { return false }
            let texts = names.compactMap { entry.text($0) }.joined(separator: "\n")
            let feelings = entry.kind == .mood ? entry.elements(of: "feelings") : []
            let marks = (feelings + entry.elements(of: "tags")).map(\.string)
            let columns = [Self.words(of: texts), Self.words(of: marks.joined(separator: "\n"))]
            return runs.allSatisfy { run in columns.contains { Self.holds(run, $0) } }
        }.sorted(by: isNewer)
    }

    private static let searched: [Kind: [FieldName]] = [
        .note: ["body"], .homework: ["title", "body", "outcome"], .mood: ["body"],
        .session: ["topic", "focus", "body"],
    ]

    private static func holds(_ run: [String], _ words: [String]) -> Bool {
        guard let last = run.last else { return false }
        return words.indices.dropFirst(run.count - 1).contains { end in
            words[end].hasPrefix(last) && words[(end + 1 - run.count)..<end] == run.dropLast()
        }
    }

    /// The words of a text as the index has them: letters and digits in lower case without marks; ideographs and
    /// emoji each by itself.
    private static func words(of text: String) -> [String] {
        let plain: [Character: Character] = ["é": "e", "ü": "u", "ö": "o", "à": "a", "ñ": "n"]
        var words = [""]
        for character in text.lowercased() {
            let isAlone = character.unicodeScalars.contains {
                $0.properties.isIdeographic || $0.properties.isEmojiPresentation
            }
            if isAlone {
                words += [String(character), ""]
            } else if character.isLetter || character.isNumber {
                words[words.count - 1].append(plain[character] ?? character)
            } else {
                words.append("")
            }
        }
        return words.filter { !$0.isEmpty }
    }
}
