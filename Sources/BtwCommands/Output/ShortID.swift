package import Causality
package import Records

/// An id as people see it: the kind's letter, and as many characters as tell it from all others.
package enum ShortID {
    /// - Parameters:
    ///   - before: the greatest id here that is less than this one.
    ///   - after: the least id here that is greater.
    package static func text(of id: EntryID, kind: Kind, before: EntryID?, after: EntryID?) -> String {
        let characters = id.description
        let shared = [before, after].compactMap { $0.map { commonLength(characters, $0.description) } }.max() ?? 0
        // Ids that share a beginning stand together when sorted, so the neighbours speak for all.
        return String(kind.letter) + characters.prefix(max(shared + 1, IDPrefix.lengthMin))
    }

    private static func commonLength(_ left: String, _ right: String) -> Int {
        zip(left.utf8, right.utf8).prefix { $0 == $1 }.count
    }
}
