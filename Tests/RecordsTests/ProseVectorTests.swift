import CanonicalJSON
import Foundation
import Records
import TestSupport
import Testing

/// `Protocol/vectors/entries/texts.jsonl`: merges that another implementation of `Protocol/KINDS.md` made.
@Suite struct ProseVectorTests {
    private static let cases = ProtocolVectors.cases("entries/texts.jsonl")

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
