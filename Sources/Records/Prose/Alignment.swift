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
    private static let tableCellsMax = 4_000_000
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

/// Finds tokens that occur exactly once in each of two ranges.
enum Anchors {
    private static let severalTimes = -1
    private static let nothing = -1

    /// A longest sequence of such tokens in the same order on both sides.
    static func pairs(_ base: ArraySlice<Int>, _ side: ArraySlice<Int>) -> [Alignment.Pair] {
        let inBase = places(base)
        let inSide = places(side)
        var pairs: [Alignment.Pair] = []
        for index in base.indices where inBase[base[index]] == index {
            guard let other = inSide[base[index]], other != severalTimes else { continue }
            pairs.append(Alignment.Pair(base: index, side: other))
        }
        return longestRising(pairs)
    }

    // Only looked up, never iterated: the order of a dictionary differs between runs.
    private static func places(_ tokens: ArraySlice<Int>) -> [Int: Int] {
        var places: [Int: Int] = [:]
        places.reserveCapacity(tokens.count)
        for index in tokens.indices {
            places[tokens[index]] = places[tokens[index]] == nil ? index : severalTimes
        }
        return places
    }

    /// A longest subsequence that rises in `side`, by patience sorting: each
    /// pair remembers the top of the pile to its left.
    private static func longestRising(_ pairs: [Alignment.Pair]) -> [Alignment.Pair] {
        var tops: [Int] = []
        var previous = Array(repeating: nothing, count: pairs.count)
        for (index, pair) in pairs.enumerated() {
            var low = 0
            var high = tops.count
            while low < high {
                let middle = (low + high) / 2
                if pairs[tops[middle]].side < pair.side { low = middle + 1 } else { high = middle }
            }
            if low > 0 { previous[index] = tops[low - 1] }
            if low == tops.count { tops.append(index) } else { tops[low] = index }
        }
        var rising: [Alignment.Pair] = []
        var index = tops.last ?? nothing
        while index >= 0 {
            rising.append(pairs[index])
            index = previous[index]
        }
        return rising.reversed()
    }
}

/// The indices of a longest common subsequence, by dynamic programming.
///
/// Among several longest ones: equal elements are paired as soon as both are reached, and if either side could be
/// skipped, `base` is. Indices are those of the slices. One side must be shorter than 65536, which
/// `AlignmentBudget.tableCellsMax` ensures.
func longestCommonSubsequence(_ base: ArraySlice<Int>, _ side: ArraySlice<Int>) -> [(Int, Int)] {
    let width = side.count + 1
    // The length from each row and column on, with a zero row and column at the end.
    var lengths = [UInt16](repeating: 0, count: (base.count + 1) * width)
    lengths.withUnsafeMutableBufferPointer { lengths in
        side.withUnsafeBufferPointer { side in
            var row = base.count
            for element in base.reversed() {
                row -= 1
                let start = row * width
                var column = side.count
                while column > 0 {
                    column -= 1
                    let cell = start + column
                    if element == side[column] {
                        lengths[cell] = lengths[cell + width + 1] &+ 1
                    } else {
                        lengths[cell] = max(lengths[cell + width], lengths[cell + 1])
                    }
                }
            }
        }
    }
    var pairs: [(Int, Int)] = []
    var row = 0
    var column = 0
    while row < base.count, column < side.count {
        let (left, right) = (base.startIndex + row, side.startIndex + column)
        if base[left] == side[right] {
            pairs.append((left, right))
            row += 1
            column += 1
        } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
            row += 1
        } else {
            column += 1
        }
    }
    return pairs
}
