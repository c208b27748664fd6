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
