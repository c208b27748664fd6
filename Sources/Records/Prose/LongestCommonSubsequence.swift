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
