import CanonicalJSON
import Foundation
import Records
import TestSupport
import Testing

/// `Protocol/vectors/entries/texts.jsonl`: merges that another implementation of `Protocol/KINDS.md` made.
@Suite struct ProseVectorTests {
    private static let cases: [JSONValue] = {
        let file = Repository.root.appending(path: "Protocol/vectors/entries/texts.jsonl")
        guard let text = try? Data(contentsOf: file) else { return [] }
        return text.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue(parsing: Array($0)) }
    }()

    @Test func thereAreMany() { #expect(Self.cases.count >= 150) }

    @Test(arguments: cases.indices)
    func theyComeOutTheSame(_ index: Int) throws {
        let vector = Self.cases[index]
        let merge = ProseMerge(
            base: try #require(vector["base"]?.asText),
            versions: try #require(vector["versions"]?.asArray).map { try #require($0.asText) })
        #expect(JSONValue.text(Text(merge.text)) == vector["text"], "\(vector["name"]?.asText ?? "")")
    }
}
