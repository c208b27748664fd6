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

/// The union of what several versions have in one place, with common tokens once.
struct ProseUnion {
    struct Element {
        let number: Int
        /// The version and its token, in the order of the versions.
        var sources: [(version: Int, token: Int)]
    }

    private(set) var elements: [Element] = []

    /// Adds the tokens of another version behind those of earlier versions, between the shared ones.
    mutating func add(_ tokens: [Int], of version: Int, numbers: [Int], budget: inout AlignmentBudget) {
        let known = elements.map(\.number)
        let added = tokens.map { numbers[$0] }
        let pairs = Alignment.pairs(known, added, budget: &budget)
        var union: [Element] = []
        var base = 0
        var side = 0
        for pair in pairs + [Alignment.Pair(base: elements.count, side: tokens.count)] {
            union.append(contentsOf: elements[base..<pair.base])
            for token in tokens[side..<pair.side] {
                union.append(Element(number: numbers[token], sources: [(version, token)]))
            }
            base = pair.base + 1
            side = pair.side + 1
            guard pair.base < elements.count else { break }
            var shared = elements[pair.base]
            shared.sources.append((version, tokens[pair.side]))
            union.append(shared)
        }
        elements = union
    }

    /// The runs that not all of these versions share, as each version has them.
    func alternatives(of versions: [Int]) -> [[(version: Int, tokens: [Int])]] {
        var runs: [[Element]] = [[]]
        for element in elements {
            let shared = versions.allSatisfy { version in element.sources.contains { $0.version == version } }
            if shared { runs.append([]) } else { runs[runs.count - 1].append(element) }
        }
        return runs.map { run in
            versions.compactMap { version in
                let tokens = run.flatMap { $0.sources.filter { $0.version == version }.map(\.token) }
                return tokens.isEmpty ? nil : (version, tokens)
            }
        }
    }
}

/// Hunks of several versions that cannot be applied independently, or one hunk that can.
struct ProseGroup {
    struct Member {
        let version: Int
        let hunk: ProseHunk
    }

    /// The range of the base that the hunks cover together; empty if all of them insert at one point.
    private(set) var base: Range<Int>
    /// Ordered by position, then by version.
    private(set) var members: [Member]

    /// Groups the hunks of all versions by their position in the base.
    ///
    /// Two hunks conflict if their ranges of the base overlap, if both insert at the same point, or if one inserts
    /// strictly inside the other's range. Adjacent hunks do not conflict: what diff3 treats as one chunk is two edits
    /// here.
    static func all(_ hunks: [[ProseHunk]]) -> [ProseGroup] {
        var members: [Member] = []
        for (version, hunks) in hunks.enumerated() {
            members.append(contentsOf: hunks.map { Member(version: version, hunk: $0) })
        }
        // At one point, insertions come before a replacement of the following token.
        members.sort { left, right in
            let (a, b) = (left.hunk.base, right.hunk.base)
            return (a.lowerBound, a.upperBound, left.version) < (b.lowerBound, b.upperBound, right.version)
        }
        var groups: [ProseGroup] = []
        for member in members {
            if let last = groups.last, last.conflicts(with: member.hunk) {
                groups[groups.count - 1].append(member)
            } else {
                groups.append(ProseGroup(base: member.hunk.base, members: [member]))
            }
        }
        return groups
    }

    var isInsertion: Bool { base.isEmpty }

    /// The hunks of one version, in order.
    func hunks(of version: Int) -> [ProseHunk] {
        members.filter { $0.version == version }.map(\.hunk)
    }

    /// The versions with hunks in the group, in order.
    var versions: [Int] {
        var versions: [Int] = []
        for version in members.map(\.version).sorted() where versions.last != version { versions.append(version) }
        return versions
    }

    // The group's range is connected, so a hunk that begins inside it overlaps a member or lies inside one.
    private func conflicts(with hunk: ProseHunk) -> Bool {
        isInsertion ? hunk.base == base : hunk.base.lowerBound < base.upperBound
    }

    private mutating func append(_ member: Member) {
        base = base.lowerBound..<max(base.upperBound, member.hunk.base.upperBound)
        members.append(member)
    }
}
