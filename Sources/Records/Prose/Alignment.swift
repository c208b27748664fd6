/// Pairs equal tokens of two lists.
///
/// Common prefixes and suffixes are paired first. The rest is paired by a longest common subsequence; if that would
/// cost too much, by tokens that occur exactly once in both, and recursively between those (Bram Cohen's patience
/// diff); and if there are none, not at all. Ties are broken by position, so equal lists give equal pairs on every
/// device.
struct Alignment {
    struct Pair: Equatable {
        let base: Int
        let side: Int
    }

    /// In ascending order on both sides.
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

/// The shared budget of all alignments of one merge.
///
/// Usual texts stay far below: two thousand sentences that were rewritten between the first change and the last fit
/// into one table.
struct AlignmentBudget {
    /// Cells of one table, two bytes each.
    static let tableCellsMax = 4_000_000
    /// The recursion depth of the search for anchors.
    static let anchorDepthMax = 16

    /// Cells of all tables of a merge: some tenths of a second on a slow device.
    private var cellsLeft = 32_000_000

    /// Takes the cells of a table from the budget; returns false if they exceed it.
    mutating func spend(rows: Int, columns: Int) -> Bool {
        guard rows <= min(AlignmentBudget.tableCellsMax, cellsLeft) / columns else { return false }
        cellsLeft -= rows * columns
        return true
    }
}
