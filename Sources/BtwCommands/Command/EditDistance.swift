/// The number of typing mistakes between two words: a letter added, missing, wrong, or transposed.
///
/// Source: Damerau and Levenshtein; optimal string alignment, in which no substring is edited twice.
enum EditDistance {
    /// Longer words are compared by their first characters, to bound the work.
    private static let lengthMax = 32

    static func between(_ left: String, _ right: String) -> Int {
        let left = Array(left.unicodeScalars.prefix(lengthMax))
        let right = Array(right.unicodeScalars.prefix(lengthMax))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, scalar) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (scalar == other ? 0 : 1))
                if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
