import Records
import TestSupport
import Testing

/// Invariants of every merge, on random texts with random edits.
struct ProseMergeLawTests {
    private static let seeds: [UInt64] = Array(1...40)
    private static let rounds = 100

    @Test(arguments: seeds)
    func everySentenceIsWhereItBelongs(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        for round in 0..<Self.rounds {
            var simulation = ProseSimulation(chance: chance)
            let base = simulation.text()
            let versions = (0..<(2 + simulation.chance.below(2))).map { _ in simulation.edited(base) }
            chance = simulation.chance

            let texts = versions.map(\.text)
            let merge = ProseMerge(base: base.text, versions: texts)
            let at = Comment(rawValue: "seed \(seed) round \(round): \([base.text]) -> \(texts) -> \(merge)")
            let found = ProseSimulation.sentences(of: merge.text)

            // New sentences are all different, so this also shows that none is duplicated or split.
            let kept = base.sentences.filter { sentence in versions.allSatisfy { $0.sentences.contains(sentence) } }
            let fresh = versions.flatMap(\.sentences).filter { !base.sentences.contains($0) }
            #expect(found.sorted() == (kept + fresh).sorted(), at)

            for version in versions {
                let its = version.sentences.filter { found.contains($0) }
                #expect(found.filter { its.contains($0) } == its, at)
                // No paragraph is joined with another version's, and no list item is joined into a line.
                #expect(version.paragraphs.allSatisfy { $0.kind == .prose || standsInLines($0, in: merge.text) }, at)
            }
            for doubled in merge.doubled {
                #expect(doubled.versions.count > 1, at)
                let stands = doubled.versions.allSatisfy { text in
                    versions.contains { ProseSimulation.sentences(of: text).allSatisfy($0.text.contains) }
                }
                #expect(stands, at)
            }
            #expect(merge.text.hasSuffix("\n") == ProseSimulation.ends(base, versions, found), at)
            #expect(ProseMerge(base: base.text, versions: texts) == merge, at)
        }
    }

    private func standsInLines(_ paragraph: ProseSimulation.Paragraph, in text: String) -> Bool {
        let lines = text.split(separator: "\n").map(String.init)
        return paragraph.sentences.allSatisfy { !text.contains($0) || lines.contains($0) }
    }

    @Test(arguments: seeds)
    func oneVersionIsTakenAsItIs(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<Self.rounds {
            // Random bytes that are significant to the merge.
            let base = chance.soup()
            let version = chance.soup()
            let other = chance.soup()
            let at = Comment(rawValue: "seed \(seed): \([base, version, other])")
            for versions in [[base, version], [version, base], [version, version], [version]] {
                #expect(ProseMerge(base: base, versions: versions).text.utf8.elementsEqual(version.utf8), at)
            }
            #expect(ProseMerge(base: base, versions: [base, base]).text.utf8.elementsEqual(base.utf8), at)
            let merge = ProseMerge(base: base, versions: [version, other])
            #expect(ProseMerge(base: base, versions: [version, base, other, version]) == merge, at)
            // Only white space may be added.
            let allowed = Set((base + version + other + " \n").unicodeScalars)
            #expect(merge.text.unicodeScalars.allSatisfy { allowed.contains($0) }, at)
        }
    }
}

/// Texts of distinct sentences, and random edits of them.
private struct ProseSimulation {
    enum Kind: CaseIterable {
        case prose
        case list
        case notes
    }

    struct Paragraph: Equatable {
        var kind: Kind
        var sentences: [String]
    }

    struct Text {
        var paragraphs: [Paragraph]
        var endsInLineFeed: Bool

        var sentences: [String] { paragraphs.flatMap(\.sentences) }

        var text: String {
            let parts = paragraphs.map { $0.sentences.joined(separator: $0.kind == .prose ? " " : "\n") }
            return parts.joined(separator: "\n\n") + (endsInLineFeed && !parts.isEmpty ? "\n" : "")
        }
    }

    var chance: SeededGenerator
    private var count = 0

    init(chance: SeededGenerator) {
        self.chance = chance
    }

    mutating func text() -> Text {
        Text(paragraphs: (0..<chance.below(5)).map { _ in paragraph() }, endsInLineFeed: chance.below(2) == 0)
    }

    mutating func edited(_ base: Text) -> Text {
        var text = base
        for _ in 0...chance.below(4) { edit(&text) }
        text.paragraphs.removeAll { $0.sentences.isEmpty }
        return text
    }

    private mutating func edit(_ text: inout Text) {
        let place = chance.below(text.paragraphs.count + 1)
        guard place < text.paragraphs.count, !text.paragraphs[place].sentences.isEmpty else {
            text.paragraphs.insert(paragraph(), at: place)
            return
        }
        let paragraph = text.paragraphs[place]
        let index = chance.below(paragraph.sentences.count)
        switch chance.below(8) {
        case 0:
            text.paragraphs.insert(self.paragraph(), at: place)
        case 1:
            text.paragraphs.remove(at: place)
        case 2:
            text.paragraphs[place].sentences.remove(at: index)
        case 3, 4:
            text.paragraphs[place].sentences.insert(sentence(paragraph.kind), at: index + chance.below(2))
        case 5 where index > 0:
            text.paragraphs[place].sentences = Array(paragraph.sentences[..<index])
            let rest = Paragraph(kind: paragraph.kind, sentences: Array(paragraph.sentences[index...]))
            text.paragraphs.insert(rest, at: place + 1)
        default:
            text.paragraphs[place].sentences[index] = sentence(paragraph.kind)
        }
    }

    private mutating func paragraph() -> Paragraph {
        let kind = Kind.allCases[chance.below(Kind.allCases.count)]
        return Paragraph(kind: kind, sentences: (0...chance.below(5)).map { _ in sentence(kind) })
    }

    private mutating func sentence(_ kind: Kind) -> String {
        count += 1
        switch kind {
        case .prose:
            let pattern = ["Mr. X did § of it.", "“It was §!”", "Why, J. S. Bach’s §?", "W§.", "*Ö§ e.g. that.*"]
            return pattern[chance.below(pattern.count)].split(separator: "§", omittingEmptySubsequences: false)
                .joined(separator: "<\(count)>")
        case .list:
            return (chance.below(2) == 0 ? "- item <" : "  - [ ] inner <") + "\(count)>"
        case .notes:
            return "note <\(count)>"
        }
    }

    static func sentences(of text: String) -> [String] {
        let tokens = ProseTokens(sentencesOf: Array(text.utf8))
        return tokens.tokens.indices.map { String(decoding: tokens.content($0), as: UTF8.self) }
    }

    /// Whether a merge ends in a line feed: as the base does, unless a non-empty version differs.
    static func ends(_ base: Text, _ versions: [Text], _ found: [String]) -> Bool {
        guard !found.isEmpty else { return false }
        let base = base.text.hasSuffix("\n")
        return versions.contains { !$0.paragraphs.isEmpty && $0.text.hasSuffix("\n") != base } ? !base : base
    }
}

extension SeededGenerator {
    fileprivate mutating func soup() -> String {
        let parts = [
            "a", "b", "B", ".", "!", "…", "。", " ", " ", "\n", "\n\n", "\t", "\r", "- ", "1.", "\u{301}", "”", "’",
        ]
        return (0..<below(12)).map { _ in parts[below(parts.count)] }.joined()
    }
}
