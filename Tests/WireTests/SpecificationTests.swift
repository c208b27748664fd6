import CanonicalJSON
import Causality
import Foundation
import TestSupport
import Testing
import Wire

/// `Protocol/SPEC.md` against the code.
@Suite struct SpecificationTests {
    @Test(arguments: ErrorCode.allCases)
    func everyErrorCodeHasARowWithItsSentence(_ code: ErrorCode) {
        #expect(Specification.hasRow("`\(code.rawValue)` | \(code.sentence)"))
    }

    @Test func everyTypeOfLineHasAnExample() throws {
        let vectors = try Set(Vector.good.flatMap { try Self.types(String(decoding: $0.bytes, as: UTF8.self)) })
        #expect(vectors == Set(MessageType.allCases.map(\.rawValue)))
        #expect(try Set(Specification.examples.flatMap(Self.types)) == vectors)
    }

    @Test func everyExampleReadsAndWritesBackAsTheSameBytes() throws {
        for example in Specification.examples {
            let messages = try Stream.read(Array(example.utf8)).map { try #require($0, "\(example)") }
            #expect(String(decoding: messages.flatMap(MessageWriter.bytes), as: UTF8.self) == example)
        }
    }

    @Test(arguments: [
        "Protocol/Wire/WireLimits.swift", "Sources/Causality/CausalityLimits.swift",
        "Sources/Membership/MembershipLimits.swift", "Sources/Sealing/SealingLimits.swift",
        "Sources/Link/LinkLimits.swift", "Server/SyncServer/Serving/ServingLimits.swift",
        "Server/SyncServer/Authority/StoreLimits.swift", "Server/SyncServer/Conversation/SpaceService.swift",
    ])
    func everyLimitHasARowWithItsValue(_ path: String) throws {
        let type = try #require(path.split(separator: "/").last?.prefix { $0 != "." })
        let limits = LimitSource.limits(try Specification.read(path))
        #expect(!limits.isEmpty)
        for (name, value) in limits {
            #expect(Specification.hasRow("`\(type).\(name)` | \(value)"))
        }
    }

    /// Limits whose source is a sum of others.
    @Test(arguments: [
        ("CreditWindow.portion", LimitSource.grouped(CreditWindow.portion)),
        ("ConversationTimer.answer", "\(ConversationTimer.answer.duration.components.seconds) s"),
        ("ConversationTimer.silence", "\(ConversationTimer.silence.duration.components.seconds) s"),
    ])
    func aDerivedLimitHasARowWithItsValue(_ name: String, _ value: String) {
        #expect(Specification.hasRow("`\(name)` | \(value)"))
    }

    @Test(arguments: [
        "Tests/SyncServerTests/MessageTableTests.swift", "Tests/SyncClientTests/MessageTableTests.swift",
    ])
    func theTableOfStatesAndMessagesIsTheOneThatIsTested(_ path: String) throws {
        let source = try Specification.read(path)
        let begin = try #require(source.range(of: "static let table = \"\"\"\n"))
        let end = try #require(source.range(of: "\n        \"\"\"", range: begin.upperBound..<source.endIndex))
        let table = source[begin.upperBound..<end.lowerBound].split(separator: "\n").map {
            String($0.drop { $0 == " " })
        }
        // Its head, and a row of every message; an edit is a line of a batch and no message of its own.
        #expect(table.count == 1 + MessageType.allCases.count - 1)
        #expect(Specification.hasBlock(table))
    }

    /// Each hash of the example is computed from the bytes that are printed with it.
    @Test func theWorkedExampleIsHashedAsItSays() throws {
        let printed = try Specification.worked()
        let known = Dictionary(uniqueKeysWithValues: printed.values.map { ($0.bytes, $0.hash) })
        let hash: HashFunction = { known[$0] ?? testHash($0) }
        let replica = try #require(printed["replica"]?.hash.prefix64).hex16
        let example = try #require(Specification.examples.first { $0.contains(#""replica":"\#(replica)""#) })
        var reader = MessageReader(lineLengthMax: WireLimits.lineLengthMax, hash: hash)
        let message = try #require(try reader.read(Array(example.utf8)).first?.message)
        guard case .batch(let space, let batch) = message else {
            Issue.record("no batch")
            return
        }
        #expect(batch.header.origin?.replica(hash) == batch.header.replica)
        let start = FeedState.start(space: space.bytes, replica: batch.header.replica, hash)
        #expect(start == printed["start"]?.hash)
        #expect(batch.edits.map(\.header.boxHash) == [printed["box"]?.hash])
        #expect(batch.edits.map { $0.header.hash(hash) } == [printed["edit"]?.hash])
        let line = FeedState(start: start, replica: batch.header.replica)
        guard case .extends(let after) = try line.judge(batch, holding: { _ in .nothing }, hash) else {
            Issue.record("held already")
            return
        }
        #expect(after.end.hash == printed["batch"]?.hash)
    }

    private static func types(_ lines: String) throws -> [String] {
        try lines.split(separator: "\n").map {
            try #require(JSONValue(parsing: Array($0.utf8))["type"]?.asText)
        }
    }
}

/// The text, and its fenced blocks.
private enum Specification {
    /// Empty if the file is missing; then every test fails.
    static let text = (try? read("Protocol/SPEC.md")) ?? ""

    /// The lines of each fenced block.
    static let blocks: [[String]] = {
        let parts = text.components(separatedBy: "\n```\n")
        return parts.indices.filter { $0 % 2 == 1 }.map {
            parts[$0].split(separator: "\n").map(String.init)
        }
    }()

    /// Blocks of lines of the wire, with their newlines.
    static let examples = blocks.filter { $0.allSatisfy { $0.hasPrefix("{\"") } }.map {
        $0.map { $0 + "\n" }.joined()
    }

    /// Whether a table row begins with these cells. A named function, so that a failure prints the row and not the
    /// whole text.
    static func hasRow(_ cells: String) -> Bool { text.contains("\n| \(cells) | ") }

    static func hasBlock(_ lines: [String]) -> Bool { blocks.contains(lines) }

    static func read(_ path: String) throws -> String {
        try String(contentsOf: Repository.root.appending(path: path), encoding: .utf8)
    }

    /// The worked example, by name: bytes, and their hash.
    static func worked() throws -> [String: (bytes: [UInt8], hash: Hash256)] {
        let lines = blocks.first { $0.first?.hasPrefix("replica.bytes ") ?? false } ?? []
        let values = Dictionary(
            uniqueKeysWithValues: lines.map { $0.split(separator: " ") }.map { ($0[0], bytes(hex: $0[1])) })
        var worked: [String: (bytes: [UInt8], hash: Hash256)] = [:]
        for (name, value) in values where name.hasSuffix(".bytes") {
            let name = name.dropLast(".bytes".count)
            worked[String(name)] = (value, try #require(Hash256(values["\(name).sha256"] ?? [])))
        }
        return worked
    }

    private static func bytes(hex: Substring) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }
}

/// Limits as their source states them.
private enum LimitSource {
    /// All properties that are set to a number or to seconds.
    static func limits(_ source: String) -> [(name: Substring, value: String)] {
        source.split(separator: "\n").compactMap { line in
            let setting = /^ +(?:(?:public |package )?(?:static let|var) )?(\w+) = (.+)$/
            guard let match = line.wholeMatch(of: setting) else { return nil }
            return value(match.2).map { (match.1, $0) }
        }
    }

    static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            text = String(digit) + (index > 0 && index % 3 == 0 ? "," : "") + text
        }
        return text
    }

    private static func value(_ expression: Substring) -> String? {
        if let seconds = expression.wholeMatch(of: /(?:Duration)?\.seconds\((\d+)\)/)?.1 { return "\(seconds) s" }
        return number(expression).map(grouped)
    }

    /// Evaluates products before differences, and shifts before both, like the compiler.
    private static func number(_ expression: Substring) -> Int? {
        let operators: [(String, (Int, Int) -> Int)] = [
            (" - ", { $0 - $1 }), (" * ", { $0 * $1 }), (" << ", { $0 << $1 }),
        ]
        for (sign, apply) in operators {
            guard let place = expression.range(of: sign, options: .backwards) else { continue }
            guard let left = number(expression[..<place.lowerBound]),
                let right = number(expression[place.upperBound...])
            else { return nil }
            return apply(left, right)
        }
        return Int(expression.filter { $0 != "_" })
    }
}
