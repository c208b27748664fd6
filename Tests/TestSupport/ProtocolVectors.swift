package import CanonicalJSON
package import Causality
import Foundation

/// The files of `Protocol/vectors` that have a case a line.
package enum ProtocolVectors {
    /// All cases of a file. Traps if a line is no JSON, so that none is passed over.
    ///
    /// - Parameter file: within the folder, as `boxes/cases.jsonl`.
    package static func cases(_ file: String) -> [JSONValue] {
        let url = Repository.root.appending(path: "Protocol/vectors/\(file)")
        do {
            return try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).map {
                try JSONValue(parsing: Array($0))
            }
        } catch {
            preconditionFailure("\(file): \(error)")
        }
    }
}

extension CausalContext {
    /// What a case says of an edit: its `dot`, the whole clock of its author as `seen`, and what was `unread`. `nil` if
    /// it says that in another form.
    package init?(vector json: JSONValue) {
        guard let dot = json["dot"].flatMap(Dot.init(vector:)), let rows = json["seen"]?.asArray else { return nil }
        let unread = json["unread"]?.asArray ?? []
        let (seenDots, unreadDots) = (rows.compactMap(Dot.init(vector:)), unread.compactMap(Dot.init(vector:)))
        guard seenDots.count == rows.count, unreadDots.count == unread.count else { return nil }
        var seen = VectorClock()
        for dot in seenDots { seen.advance(to: dot) }
        seen.remove(dot.replica)
        self.init(dot: dot, seen: seen, unread: unreadDots)
    }
}

extension Dot {
    /// `["18ac3e7343f01689", 12]`.
    package init?(vector json: JSONValue) {
        guard let parts = json.asArray, parts.count == 2, let replica = parts[0].asText.flatMap({ ReplicaID($0) }),
            let n = parts[1].asInteger
        else { return nil }
        self.init(replica, n)
    }
}
