import CanonicalJSON
import Foundation
import TestSupport
import Testing

/// `Protocol/vectors/README.md` against the files that it describes, and labels against SPEC.md's table of them.
@Suite struct VectorPageTests {
    private static let folder = Repository.root.appending(path: "Protocol/vectors")

    private static let files: [String] = {
        let found = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return found.filter { $0.hasSuffix(".jsonl") }.sorted()
    }()

    /// The first cells of the rows of a file's table; `nil` without a heading.
    private static func described(_ file: String) throws -> Set<String>? {
        let page = try String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)
        guard let start = page.range(of: "\n## `\(file)`\n") else { return nil }
        let section = page[start.upperBound...]
        let end = section.range(of: "\n## ")?.lowerBound ?? section.endIndex
        let cells = section[..<end].split(separator: "\n").compactMap { $0.wholeMatch(of: /\| (`.+?) \| .+/)?.1 }
        return Set(cells.flatMap { $0.matches(of: /`(\w+)`/).map { String($0.1) } })
    }

    @Test func thereAreSuchFiles() { #expect(Self.files.count >= 9) }

    @Test(arguments: files)
    func everyMemberOfAFileIsDescribedAndNoOther(_ file: String) throws {
        let described = try #require(try Self.described(file), "no heading for \(file)")
        let lines = try Data(contentsOf: Self.folder.appending(path: file)).split(separator: UInt8(ascii: "\n"))
        let members = try lines.map { try #require(try JSONValue(parsing: Array($0)).asObject) }
        #expect(Set(members.flatMap { $0.map(\.key.string) }) == described)
    }

    /// A vector with another code than `malformed` has no other fault, so that the code does not depend on the order
    /// of checks.
    @Test func aBadVectorHasOneFault() throws {
        for vector in Vector.bad where vector.code != "malformed" {
            for line in vector.bytes.split(separator: UInt8(ascii: "\n")) {
                guard let header = try? JSONValue(parsing: line), header["type"] == "batch" else { continue }
                #expect((header["origin"] != nil) == (header["first"] == 1), "\(vector.name)")
            }
        }
    }

    @Test(arguments: [
        "Protocol/Wire", "Server/SyncServer", "Sources/Causality", "Sources/Membership", "Sources/Sealing",
    ])
    func everyLabelIsInTheTable(_ path: String) throws {
        let page = try String(contentsOf: Repository.root.appending(path: "Protocol/SPEC.md"), encoding: .utf8)
        let start = try #require(page.range(of: "\n### 3.5 All labels\n")).upperBound
        let end = try #require(page.range(of: "\n### 3.6", range: start..<page.endIndex)).lowerBound
        let listed = page[start..<end].replacing("`, `… 2`", with: "`, `between recovery check 2`")
        let root = Repository.root.appending(path: path)
        let sources = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        var labels: Set<String> = []
        for source in sources where source.hasSuffix(".swift") {
            let text = try String(contentsOf: root.appending(path: source), encoding: .utf8)
            labels.formUnion(text.matches(of: /"(between [a-z ]+ [0-9]+)"/).map { String($0.1) })
        }
        // A label of a device's own file, which is not part of the protocol.
        labels.remove("between device key check 1")
        #expect(!labels.isEmpty)
        for label in labels { #expect(listed.contains("`\(label)`"), "\(label)") }
    }
}
