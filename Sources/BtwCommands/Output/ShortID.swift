package import Causality
package import Records

/// The short form of an entry id: the kind's letter, and the shortest unique prefix.
package enum ShortID {
    /// - Parameters:
    ///   - before: the greatest id here that is less than this one.
    ///   - after: the least id here that is greater.
    package static func text(of id: EntryID, kind: Kind, before: EntryID?, after: EntryID?) -> String {
        let characters = id.description
        let shared = [before, after].compactMap { $0.map { commonLength(characters, $0.description) } }.max() ?? 0
        // In sorted order, the longest common prefix is that with a neighbour.
        return String(kind.letter) + characters.prefix(max(shared + 1, IDPrefix.lengthMin))
    }

    private static func commonLength(_ left: String, _ right: String) -> Int {
        zip(left.utf8, right.utf8).prefix { $0 == $1 }.count
    }
}
