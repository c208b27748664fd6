/// A piece of the result, and its origin.
struct ProsePiece {
    struct Source {
        let version: Int
        let tokens: Range<Int>
    }

    let content: ArraySlice<UInt8>
    /// The range of the base that it keeps or replaces.
    let base: Range<Int>
    /// The group of hunks that it comes from; `nil` if all versions kept it.
    let group: Int?
    /// Its tokens in each version, in the order of the versions.
    let sources: [Source]

    /// A version in which `next` follows directly, and the token that it follows.
    func adjacency(to next: ProsePiece) -> (version: Int, token: Int)? {
        var index = 0
        for source in sources {
            while index < next.sources.count, next.sources[index].version < source.version { index += 1 }
            guard index < next.sources.count else { return nil }
            let other = next.sources[index]
            if other.version == source.version, other.tokens.lowerBound == source.tokens.upperBound {
                return (source.version, source.tokens.upperBound - 1)
            }
        }
        return nil
    }

    func sharesVersion(with other: ProsePiece) -> Bool {
        sources.contains { source in other.sources.contains { $0.version == source.version } }
    }
}
