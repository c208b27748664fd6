/// Merges concurrent versions of a text.
///
/// Every device computes the merge itself and must get the same text, whatever its system and its version of Swift.
/// So this code uses no difference from the standard library, no Unicode properties and no sentences from Foundation;
/// it never iterates over a dictionary or a set; and it compares texts as UTF-8 bytes, never as `String`, whose `==`
/// normalises and is quadratic on long runs of combining marks.
///
/// Texts are split into paragraphs and, where several versions changed the same paragraphs, into sentences; the
/// result consists of whole sentences of some version. Changes in different places are all kept. A sentence that
/// several versions rewrote is kept in each of these versions, in the order of the versions; if one rewrote and
/// another deleted it, the rewritten one is kept; if one kept and another deleted it, it is deleted. There are no
/// conflict markers.
///
///     let merge = ProseMerge(base: "One. Two.", versions: ["One! Two.", "One. Two!"])
///     merge.text  // "One! Two!"
public struct ProseMerge: Sendable {
    public let text: String

    /// Sentences of which `text` contains several versions, one after the other.
    public let doubled: [Doubled]

    /// Several versions of one sentence, or of one run of sentences.
    public struct Doubled: Sendable {
        /// In the order of their versions, without surrounding white space.
        public let versions: [String]

        package init(versions: [String]) {
            self.versions = versions
        }
    }

    /// Merges `versions`, in a fixed order, which are all derived from `base`.
    ///
    /// A single version that differs from `base` is the result, byte for byte. If there is no common ancestor, `base`
    /// is empty. The cost is bounded by `AlignmentBudget`, and otherwise linear in the texts and their number.
    public init(base: String, versions: [String]) {
        let baseBytes = Array(base.utf8)
        var changed: [[UInt8]] = []
        for version in versions {
            let bytes = Array(version.utf8)
            if bytes != baseBytes, !changed.contains(bytes) { changed.append(bytes) }
        }
        guard changed.count > 1 else {
            text = changed.first.map { String(decoding: $0, as: UTF8.self) } ?? base
            doubled = []
            return
        }
        let baseTokens = ProseTokens(paragraphsOf: baseBytes)
        let changedTokens = changed.map { ProseTokens(paragraphsOf: $0) }
        var budget = AlignmentBudget()
        let body = LevelMerge(.paragraphs, base: baseTokens, versions: changedTokens, budget: &budget)
        let edges = ProseMerge.edges(base: baseTokens, versions: changedTokens)
        let whole = body.bytes.isEmpty ? [] : edges.lead + body.bytes + edges.end
        text = String(decoding: whole, as: UTF8.self)
        doubled = body.doubled
    }

    /// The white space before and after the text: of the first version that changed it.
    private static func edges(base: ProseTokens, versions: [ProseTokens]) -> (lead: [UInt8], end: [UInt8]) {
        // An emptied version does not affect the edges.
        let versions = versions.filter { !$0.tokens.isEmpty }
        let lead = versions.first { $0.lead != base.lead } ?? base
        let end = versions.first { $0.end != base.end } ?? base
        return (Array(lead.lead), Array(end.end))
    }
}

extension ProseMerge: Equatable {
    public static func == (left: ProseMerge, right: ProseMerge) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8) && left.doubled == right.doubled
    }
}

extension ProseMerge.Doubled: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        left.versions.elementsEqual(right.versions) { $0.utf8.elementsEqual($1.utf8) }
    }
}
