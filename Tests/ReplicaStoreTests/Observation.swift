import CanonicalJSON
import Causality
import Foundation
import GRDB
import Records
import ReplicaStore
import SQLiteFile

/// The observable state of a replica as lines, equal for a store and its model.
struct Observation: Equatable {
    private(set) var lines: [String] = []

    static let days = (CivilDate("2026-03-10"), CivilDate("2026-03-20"))

    static let queries: [EntryQuery] = {
        var queries = [EntryQuery()]
        func add(_ change: (inout EntryQuery) -> Void) {
            var query = EntryQuery()
            change(&query)
            queries.append(query)
        }
        for kind in Kind.known + [Kind("dream")] { add { $0.kind = kind } }
        for tag: Text in ["work", "café", "nobody"] { add { $0.tag = tag } }
        add { $0.isTrashed = nil }
        add { $0.isTrashed = true }
        add { $0.from = days.0 }
        add { $0.to = days.0 }
        add { ($0.from, $0.to, $0.isTrashed) = (days.0, days.1, nil) }
        add { $0.about = .number(1) }
        add { ($0.about, $0.kind) = (.number(1), .mood) }
        return queries
    }()

    static let searches: [[String]] = [
        ["rain"], ["RAIN", "walk"], ["cafe"], ["café"], ["über"], ["work"], ["glad"], ["the rain"], ["nothing-here"],
        ["*"], ["", "rain"], ["rain\" OR \"walk"], ["NEAR(rain walk)"], ["text:rain"], ["3"], [],
        ["rai"], ["half-do"], ["公司"], ["会公"], ["开会", "ra"], ["🙂"], ["walk🙂"],
    ]

    private mutating func add(_ parts: Any...) { lines.append(parts.map { "\($0)" }.joined(separator: " ")) }

    /// A row of a projection, columns in the order of the schema.
    private mutating func add(_ table: String, _ id: EntryID, _ values: [String]) {
        lines.append("\(table) \(id) " + values.joined(separator: " | "))
    }

    private mutating func add(_ entry: Entry) {
        add("entry", entry.json(space: Text(Device.spaceName)).canonicalText)
    }
}

// MARK: Of a store

extension Observation {
    init(_ store: Replica, _ keyring: Keyring, ids: [EntryID]) throws {
        try store.read { try read($0, keyring, ids) }
        try store.file.read { try read($0) }
    }

    private mutating func read(_ reader: StoreReader, _ keyring: Keyring, _ ids: [EntryID]) throws {
        let space = try reader.journal()
        add("clock", try reader.frontier(of: space).clock.dots, "own", try reader.ownCount(in: space))
        add("last", try reader.lastOwnDot(in: space).map { "\($0)" } ?? "none")
        let counts = try reader.counts(in: reader.journal())
        add("counts", counts.entries, counts.trashed, counts.conflicts, counts.unopened)
        for id in ids {
            add("presence", id, try reader.presence(of: id, in: reader.journal()))
            add("neighbours", try reader.neighbours(of: id, in: reader.journal()))
            add("from here", try reader.ids(in: id...EntryID(high: .max, low: .max), of: reader.journal(), limit: 3))
            if let entry = try reader.entry(id, in: reader.journal()) {
                add(entry)
                add("conflicted", try reader.conflictedFields(of: id, in: reader.journal()).sorted())
            }
            for edit in try reader.edits(of: id, in: reader.journal(), keyring) {
                add(
                    "edit", edit.context.dot, "own", edit.isOwn, "read", edit.content != nil, "undone", edit.isUndone,
                    "live", edit.live.sorted(), "seen", edit.context.seen.dots, "unread", edit.context.unread)
            }
        }
        for query in Self.queries {
            var found: [EntryID] = []
            try reader.entries(query, in: reader.journal()) { found.append($0.id) }
            add("query", found)
        }
        for words in Self.searches {
            var found: [EntryID] = []
            try reader.search(words, in: reader.journal()) { found.append($0.id) }
            add("search", words, found)
        }
        try reader.entriesByID(in: reader.journal()) { add("export", $0.id) }
        for change in try reader.changes(in: reader.journal(), after: 0) { add(change) }
    }

    private mutating func add(_ change: MergeChange) {
        add("change", change.entry, change.field, change.at, change.rule, change.chosen, change.others)
    }

    private mutating func read(_ database: Database) throws {
        for table in ["note", "homework", "mood", "session", "choice", "element"] {
            let columns = try database.columns(in: table).map { "quote(\(table).\"\($0.name)\")" }.dropFirst()
            let sql = """
                SELECT entry.id, \(columns.joined(separator: ", ")) FROM \(table)
                JOIN entry ON entry.key = \(table).entry ORDER BY entry.id, 2, 3
                """
            for row in try Row.fetchAll(database, sql: sql) {
                guard let id = EntryID(row[0] as Data) else { throw StoreError.inconsistent("an id") }
                add(table, id, (1..<row.count).map { row[$0] })
            }
        }
    }
}

// MARK: Of a model

extension Observation {
    init(_ model: ReplicaModel, ids: [EntryID]) {
        add("clock", model.closed.dots, "own", model.held.count { $0.dot.replica == model.own })
        let last = model.held.filter { $0.dot.replica == model.own }.map(\.dot).max()
        add("last", last.map { "\($0)" } ?? "none")
        let shown = model.shown
        add(
            "counts", shown.count { !$0.entry.isTrashed }, shown.count { $0.entry.isTrashed },
            shown.count { !$0.entry.isTrashed && !$0.conflicts.isEmpty }, model.held.count { $0.state == .unopened })
        let known = (shown.map(\.entry.id) + model.forgotten).sorted()
        let sealed = Set(model.held.map(\.written.entry)).filter { id in
            !model.forgotten.contains(id) && model.held(of: id).allSatisfy { $0.state != .opened }
        }
        for id in ids {
            let here = shown.first { $0.entry.id == id }
            add("presence", id, model.forgotten.contains(id) ? "forgotten" : here == nil ? "unknown" : "here")
            add("neighbours", [known.last { $0 < id }, known.first { $0 > id }].compactMap(\.self))
            add("from here", Array((known + sealed).sorted().filter { $0 >= id }.prefix(3)))
            if let here {
                add(here.entry)
                add("conflicted", here.conflicts.map(\.0))
            }
            add(editsOf: id, model)
        }
        let entries = shown.map(\.entry)
        for query in Self.queries { add("query", ReplicaModel.select(query, from: entries).map(\.id)) }
        for words in Self.searches { add("search", words, ReplicaModel.search(words, in: entries).map(\.id)) }
        for entry in shown { add("export", entry.entry.id) }
        for change in model.changes { add(change) }
        for kind in Kind.known {
            for entry in shown.map(\.entry) where entry.kind == kind {
                add(kind.name.string, entry.id, Self.row(entry))
            }
        }
        for shown in shown {
            for (name, resolution) in shown.conflicts {
                add(
                    "choice", shown.entry.id,
                    [
                        Self.quoted(name.text.string), Self.quoted(resolution.rule?.name.string ?? ""),
                        Self.quoted(resolution.value.canonicalText),
                        Self.quoted(
                            JSONValue.array(resolution.rule == .unsettled ? resolution.others : []).canonicalText),
                        resolution.isPending ? "1" : "0",
                    ])
            }
        }
        for entry in shown.map(\.entry) {
            for collection: Text in entry.kind == .mood ? ["feelings", "tags"] : ["tags"] {
                for element in entry.elements(of: collection) {
                    add("element", entry.id, [Self.quoted(collection.string), Self.quoted(element.string)])
                }
            }
        }
    }

    private mutating func add(editsOf id: EntryID, _ model: ReplicaModel) {
        let edits = model.held(of: id)
        let undone = Set(edits.flatMap { $0.content?.undoes ?? [] })
        for edit in edits {
            let names = edit.content?.fields.keys.sorted() ?? []
            let live = names.filter { name in model.live(name, of: id).contains { $0.dot == edit.dot } }
            add(
                "edit", edit.dot, "own", edit.isOwn, "read", edit.content != nil, "undone", undone.contains(edit.dot),
                "live", live, "seen", edit.written.context.seen.dots, "unread", edit.written.context.unread)
        }
    }

    private static let columns: [Kind: [(name: FieldName, standard: String?)]] = [
        .note: [
            ("about", nil), ("flag", nil), ("role", "'entry'"), ("body", nil), ("value", nil), ("of", nil),
            ("settled_at", nil), ("rank", nil),
        ],
        .homework: [
            ("about", nil), ("flag", nil), ("title", nil), ("body", nil), ("owner", nil), ("session", nil),
            ("due", nil), ("state", "'open'"), ("done_at", nil), ("target", "1"), ("outcome", nil), ("rank", nil),
        ],
        .mood: [
            ("about", nil), ("flag", nil), ("valence", nil), ("energy", nil), ("body", nil), ("span", "'moment'"),
        ],
        .session: [
            ("about", nil), ("flag", nil), ("minutes", "50"), ("state", "'planned'"), ("topic", nil), ("focus", nil),
            ("form", nil), ("body", nil),
        ],
    ]
    private static let numbers: Set<FieldName> = ["value", "of", "target", "valence", "energy", "minutes"]

    private static func row(_ entry: Entry) -> [String] {
        (columns[entry.kind] ?? []).map { name, standard in
            switch entry.fields[name] {
            case nil: standard ?? "NULL"
            case .bool(let flag) where name == "flag": flag ? "1" : "0"
            case .integer(let number) where numbers.contains(name): "\(number)"
            case .real(let number) where name == "value" || name == "of": "\(number)"
            case .text(let text) where name != "flag" && !numbers.contains(name): quoted(text.string)
            default: "NULL"
            }
        }
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}

// MARK: Differences

extension Observation {
    /// The first lines in which two differ, for a test's failure.
    func difference(from other: Observation) -> String {
        let here = lines.filter { !other.lines.contains($0) }.prefix(6).map { "- " + $0 }
        let there = other.lines.filter { !lines.contains($0) }.prefix(6).map { "+ " + $0 }
        let order = here.isEmpty && there.isEmpty ? ["the same lines in another order"] : []
        return (here + there + order).joined(separator: "\n")
    }
}
