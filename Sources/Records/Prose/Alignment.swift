/// Which tokens of two lists are the same one.
///
/// Common beginnings and ends are paired first. What remains is paired by a
/// longest common subsequence; if that would cost too much, by the tokens that
/// stand exactly once in both, and again between those (the patience diff of
/// Bram Cohen); and if there are none, it is not paired at all. All ties are
/// settled by position, so equal lists give equal pairs everywhere.
struct Alignment {
    struct Pair: Equatable {
        let base: Int
        let side: Int
    }

    /// In rising order on both sides.
    private(set) var pairs: [Pair] = []

    private let base: [Int]
    private let side: [Int]
    private var budget: AlignmentBudget

    static func pairs(_ base: [Int], _ side: [Int], budget: inout AlignmentBudget) -> [Pair] {
        var alignment = Alignment(base: base, side: side, budget: budget)
        alignment.align(0..<base.count, 0..<side.count, depth: 0)
        budget = alignment.budget
        return alignment.pairs
    }

    private init(base: [Int], side: [Int], budget: AlignmentBudget) {
        self.base = base
        self.side = side
        self.budget = budget
    }

    private mutating func align(_ baseRange: Range<Int>, _ sideRange: Range<Int>, depth: Int) {
        var (low, sideLow) = (baseRange.lowerBound, sideRange.lowerBound)
        var (high, sideHigh) = (baseRange.upperBound, sideRange.upperBound)
        while low < high, sideLow < sideHigh, base[low] == side[sideLow] {
            pairs.append(Pair(base: low, side: sideLow))
            low += 1
            sideLow += 1
        }
        while low < high, sideLow < sideHigh, base[high - 1] == side[sideHigh - 1] {
            high -= 1
            sideHigh -= 1
        }
        alignMiddle(low..<high, sideLow..<sideHigh, depth: depth)
        for offset in 0..<(baseRange.upperBound - high) {
            pairs.append(Pair(base: high + offset, side: sideHigh + offset))
        }
    }

    private mutating func alignMiddle(_ baseRange: Range<Int>, _ sideRange: Range<Int>, depth: Int) {
        guard !baseRange.isEmpty, !sideRange.isEmpty else { return }
        if budget.spend(rows: baseRange.count, columns: sideRange.count) {
            let found = longestCommonSubsequence(base[baseRange], side[sideRange])
            pairs.append(contentsOf: found.map { Pair(base: $0, side: $1) })
            return
        }
        guard depth < AlignmentBudget.anchorDepthMax else { return }
        let anchors = Anchors.pairs(base[baseRange], side[sideRange])
        guard !anchors.isEmpty else { return }
        var (low, sideLow) = (baseRange.lowerBound, sideRange.lowerBound)
        for anchor in anchors {
            align(low..<anchor.base, sideLow..<anchor.side, depth: depth + 1)
            pairs.append(anchor)
            low = anchor.base + 1
            sideLow = anchor.side + 1
        }
        align(low..<baseRange.upperBound, sideLow..<sideRange.upperBound, depth: depth + 1)
    }
}

/// What the alignments of one merge may cost together.
///
/// Journals stay far below: two thousand sentences rewritten between the first
/// change and the last fit into one table.
struct AlignmentBudget {
    /// Cells of one table, two bytes each.
    static let tableCellsMax = 4_000_000
    /// How often anchors are sought between anchors.
    static let anchorDepthMax = 16

    /// Cells of all tables of a merge: some tenths of a second on a slow device.
    private var cellsLeft = 32_000_000

    /// Takes the cells of a table from the budget, or nothing if they are too many.
    mutating func spend(rows: Int, columns: Int) -> Bool {
        guard rows <= min(AlignmentBudget.tableCellsMax, cellsLeft) / columns else { return false }
        cellsLeft -= rows * columns
        return true
    }
}
