import CanonicalJSON
import Causality
import Foundation
import TestSupport
import Testing

/// The 500 cases of `Protocol/vectors/merge`, written by the reference model.
@Suite struct MergeVectorTests {
    static let cases = ProtocolVectors.cases("merge/cases.jsonl")

    @Test func thereAreFiveHundred() { #expect(Self.cases.count == 500) }

    @Test func everyCaseEndsInTheStateOfTheModel() throws {
        for (index, vector) in Self.cases.enumerated() {
            var simulation = VectorSimulation()
            for edit in try #require(vector["edits"]?.asArray) { try simulation.take(edit) }
            #expect(simulation.live == vector["live"], "case \(index + 1)")
            #expect(simulation.clocks == vector["clock"], "case \(index + 1)")
            #expect(simulation.forgotten == vector["forgotten"], "case \(index + 1)")
        }
    }
}

/// Translates between the model's names and ours: each of its edits is a batch of one.
private struct VectorSimulation {
    private var log = Author.log()
    private var authors: [String: Author] = [:]
    private var names: [ReplicaID: String] = [:]
    private var entries: [EntryID: String] = [:]
    private var tokens: [FieldToken: String] = [:]
    private var clock: [String: [String: Int]] = [:]

    mutating func take(_ edit: JSONValue) throws {
        let name = try #require(edit["dot"]?.asArray?.first?.asText)
        let n = try #require(edit["dot"]?.asArray?.last?.asInteger)
        let author = self.author(name)
        let entryName = try #require(edit["entry"]?.asText)
        let entry = EntryID(high: 0, low: UInt64(entryName.utf8.reduce(0) { $0 * 256 + Int($1) }))
        entries[entry] = entryName
        var box: [UInt8] = []
        var fields: [FieldToken] = []
        if let sets = edit["sets"]?.asObject {
            for (key, _) in sets {
                let token = FieldToken(bits: UInt64(key.string.utf8.reduce(0) { $0 * 256 + Int($1) }))
                tokens[token] = key.string
                fields.append(token)
            }
            box = JSONValue.object(sets).canonicalBytes()
        }
        var seen = VectorClock()
        for row in try #require(edit["seen"]?.asArray) {
            let dot = Dot(
                self.author(try #require(row.asArray?.first?.asText)).replica,
                try #require(row.asArray?.last?.asInteger))
            seen.advance(to: dot)
        }
        let change =
            edit["forget"] == nil ? Author.edit(entry, fields, box: box, group: n) : Author.forget(entry, group: n)
        let batch = author.batch([change], in: log, seen: seen)
        try #require(batch.header.first == n)
        try log.take(batch)
        clock[entryName, default: [:]][name] = n
    }

    var live: JSONValue {
        var state = JSONObject()
        for (entry, registers) in log.registers where !log.forgotten.contains(entry) {
            var fields = JSONObject()
            for (token, register) in registers {
                let values = register.live.compactMap { version -> (text: String, dot: JSONValue)? in
                    guard let box = log.edit(version.dot)?.box, let sets = try? JSONValue(parsing: box),
                        let text = sets[Text(tokens[token] ?? "")]?.asText
                    else { return nil }
                    return (text, [.text(Text(names[version.dot.replica] ?? "")), .integer(version.dot.n)])
                }
                fields[Text(tokens[token] ?? "")] = .array(
                    values.sorted { ($0.text, $0.dot.canonicalText) < ($1.text, $1.dot.canonicalText) }
                        .map { [.text(Text($0.text)), $0.dot] })
            }
            if !fields.isEmpty { state[Text(entries[entry] ?? "")] = .object(fields) }
        }
        return .object(state)
    }

    var clocks: JSONValue {
        var state = JSONObject()
        for (entry, counts) in clock {
            var row = JSONObject()
            for (name, n) in counts { row[Text(name)] = .integer(n) }
            state[Text(entry)] = .object(row)
        }
        return .object(state)
    }

    var forgotten: JSONValue {
        .array(log.forgotten.compactMap { entries[$0] }.sorted().map { .text(Text($0)) })
    }

    private mutating func author(_ name: String) -> Author {
        if let known = authors[name] { return known }
        let author = Author(device: authors.count, incarnation: 1)
        authors[name] = author
        names[author.replica] = name
        return author
    }
}
