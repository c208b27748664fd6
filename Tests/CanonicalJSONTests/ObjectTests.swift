import CanonicalJSON
import TestSupport
import Testing

@Suite("Objects")
struct ObjectTests {
    @Test func keepsMembersSortedByBytesHoweverTheyCame() throws {
        let read = try JSONValue(parsing: #"{"é":5,"b":2,"e\u0301":3,"Z":1,"":4}"#.utf8)
        #expect(read.canonicalText == "{\"\":4,\"Z\":1,\"b\":2,\"e\u{301}\":3,\"é\":5}")
    }

    @Test func setsReplacesAndRemoves() {
        var object: JSONObject = ["b": 1]
        object["a"] = "x"
        object["c"] = [true, 2]
        object["b"] = ["k": false]
        object["d"] = nil
        #expect(object == ["a": "x", "b": ["k": false], "c": [true, 2]])
        #expect(object.map(\.key) == ["a", "b", "c"] && object.count == 3)
        object["a"] = nil
        object["b"] = nil
        object["c"] = nil
        #expect(object.isEmpty && object == JSONObject() && object["a"] == nil)
    }

    @Test func buildsAtOnceUnlessAKeyRepeats() {
        #expect(JSONObject(uniqueKeysWithValues: [("b", 1), ("a", 2)]) == ["a": 2, "b": 1])
        #expect(JSONObject(uniqueKeysWithValues: [("b", 1), ("a", 2), ("b", 3)]) == nil)
        #expect(JSONObject(uniqueKeysWithValues: [("\u{e9}", 1), ("e\u{301}", 2)])?.count == 2)
    }

    @Test func aLiteralThatRepeatsAKeyTraps() async {
        await #expect(processExitsWith: .failure) { _ = ["a": 1, "b": 2, "a": 3] as JSONValue }
    }

    @Test(arguments: seeds)
    func behavesAsADictionaryDoes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var object = JSONObject()
        var model: [Text: JSONValue] = [:]
        for step in 0..<500 {
            let key = Text(String(Int.random(in: 0..<40, using: &random)))
            let value: JSONValue? = random.chance(percent: 30) ? nil : .integer(step)
            object[key] = value
            model[key] = value
            #expect(object[key] == value && object.count == model.count, "SEED=\(seed) step \(step)")
        }
        #expect(object.map(\.key) == model.keys.sorted(), "SEED=\(seed)")
        #expect(object.allSatisfy { model[$0.key] == $0.value }, "SEED=\(seed)")
    }

    @Test func aHundredThousandShuffledKeysAreQuickAlsoToRefuse() throws {
        var random = SeededGenerator(seed: 1)
        let members = (0..<100_000).shuffled(using: &random).map { #""key \#($0)":\#($0)"# }
        let unique = Array("{\(members.joined(separator: ","))}".utf8)
        let repeating = unique.dropLast() + Array(#","key 77777":0}"#.utf8)
        let time = try leastThreadTime(of: 1) {
            let object = try JSONValue(parsing: unique).asObject
            #expect(object?.count == 100_000)
            #expect(throws: JSONError(.duplicateKey, byteOffset: unique.count)) {
                try JSONValue(parsing: repeating)
            }
        }
        // A quarter of a second in release, six under a sanitizer; comparing every pair takes minutes in either.
        #expect(time < .seconds(20))
    }

    @Test func accessorsAnswerOnlyForTheirOwnCase() {
        let values: [JSONValue] = ["s", 1, true, [1], ["k": 1], .null, .real(1.5)]
        #expect(values.map { $0.asText != nil } == [true, false, false, false, false, false, false])
        #expect(values.map { $0.asInteger != nil } == [false, true, false, false, false, false, false])
        #expect(values.map { $0.asBool != nil } == [false, false, true, false, false, false, false])
        #expect(values.map { $0.asArray != nil } == [false, false, false, true, false, false, false])
        #expect(values.map { $0.asObject != nil } == [false, false, false, false, true, false, false])
    }
}
