/// One text out of several versions of it that do not know of one another.
///
/// Every device computes this by itself and must show the same text, whatever
/// its system and its version of Swift. So nothing here asks the standard
/// library for a difference, Unicode for a property or Foundation for a
/// sentence; nothing iterates over a dictionary or a set; and texts are
/// compared as UTF-8 bytes, never as `String`, whose `==` normalises and is
/// quadratic on piled-up combining marks.
///
/// Texts are taken apart into paragraphs and, where several versions changed
/// the same paragraphs, into sentences; what stands in the result is always a
/// whole sentence of some version. Versions that changed different places all
/// stand. A sentence rewritten in several stands in each of its versions, in
/// the order of the versions; rewritten here and deleted there, it stays
/// rewritten; kept here and deleted there, it is gone. There are no markers.
///
///     let merge = ProseMerge(base: "One. Two.", versions: ["One! Two.", "One. Two!"])
///     merge.text  // "One! Two!"
public struct ProseMerge: Sendable {
    public let text: String

    /// Sentences of which more than one version stands in `text`, one after the other.
    public let doubled: [Doubled]

    /// Several versions of one sentence, or of one run of sentences.
    public struct Doubled: Sendable {
        /// In the order of the versions they come from, without the white space around them.
        public let versions: [String]

        package init(versions: [String]) {
            self.versions = versions
        }
    }

    /// Merges `versions`, in their fixed order, which all grew out of `base`.
    ///
    /// A lone version that differs from `base` is the result, byte for byte.
    /// Where there is no common ancestor, `base` is empty. The cost is at most
    /// `AlignmentBudget` and else in proportion to the texts and their number.
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

    /// The white space before and after everything: the first version that changed it decides.
    private static func edges(base: ProseTokens, versions: [ProseTokens]) -> (lead: [UInt8], end: [UInt8]) {
        // What is left of a text that was emptied says nothing of the others' edges.
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
