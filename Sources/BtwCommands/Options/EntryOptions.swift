package import CanonicalJSON
import Causality
package import Records

/// What the four commands that write an entry share: `--at`, `--about`, `--tag`, `--flag`.
package struct EntryOptions: Hashable, Sendable {
    /// When it happened; `nil` for now.
    package var at: Moment?
    package var about: IDPrefix?
    package var tags: [Text]
    package var isFlagged: Bool

    /// The names of those that were given.
    var given: [String] {
        [("--at", at != nil), ("--about", about != nil), ("--tag", !tags.isEmpty), ("--flag", isFlagged)]
            .filter { $0.1 }.map { $0.0 }
    }

    init(_ scanned: OptionScanner, in localTime: LocalTime) throws(Failure) {
        isFlagged = scanned.has("--flag")
        tags = []
        for typed in scanned.all("--tag") { tags.append(try TagWords.tag(argument: typed, of: scanned.command)) }
        if let typed = scanned["--about"] { about = try IDPrefix(parsing: typed) }
        if let typed = scanned["--at"] {
            at = try AtOption.moment(typed, of: "--at", in: localTime, for: scanned.command)
        }
    }

    /// The fields that these options set, besides `made` and `author`, which the journal sets.
    ///
    /// - Parameter about: the entry that ``about`` names.
    func fields(of kind: Kind, now: Moment, about: EntryID?) -> [FieldName: JSONValue] {
        var fields: [FieldName: JSONValue] = [
            "kind": .text(kind.name), "at": .text(Text((at ?? now).description)),
        ]
        fields["about"] = about.map { .text(Text($0.description)) }
        if isFlagged { fields["flag"] = true }
        for tag in tags { fields[FieldName("tags", element: tag)] = true }
        return fields
    }
}
