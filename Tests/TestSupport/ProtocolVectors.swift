package import CanonicalJSON
package import Causality
import Foundation

/// The files of `Protocol/vectors` with one case a line.
package enum ProtocolVectors {
    /// All cases of a file. Traps if a line is not JSON, so that none is skipped.
    ///
    /// - Parameter file: the path in the folder, such as `boxes/cases.jsonl`.
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
    /// An edit of a case: its `dot`, its author's whole clock as `seen`, and its `unread`. `nil` for any other form.
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
