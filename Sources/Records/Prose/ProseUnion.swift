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
