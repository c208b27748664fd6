package import Causality
package import Records

/// An entry id as people type it: `h7q2` (the kind's letter, three characters or more), `7q2`, or all 26.
///
/// The first character of an id is 0 to 7, so a leading letter is never part of it.
package struct IDPrefix: Hashable, Sendable {
    /// The fewest characters of an id that are accepted.
    package static let lengthMin = 3

    /// The letter of the kind, `x` for a kind that this version does not know; `nil` if it was left out.
    package let letter: Character?
    /// All ids with this prefix.
    package let range: ClosedRange<EntryID>

    /// The id, if all 26 characters were typed.
    package var id: EntryID? { range.lowerBound == range.upperBound ? range.lowerBound : nil }

    /// Whether the prefix may name an entry of this kind.
    package func matches(_ kind: Kind) -> Bool { letter == nil || letter == kind.letter }

    /// Accepts either case, digits of any script, and Crockford's look-alikes.
    ///
    /// - Throws: ``Failure``: exit 2 for fewer than three characters, exit 1 for a prefix that no id can have.
    package init(parsing text: String) throws(Failure) {
        var characters = TypedText.plain(text).lowercased()[...]
        letter = characters.first.flatMap { Self.letters.contains($0) ? $0 : nil }
        if letter != nil { characters.removeFirst() }
        let length = characters.utf8.count
        guard length >= Self.lengthMin else {
            throw .usage("An id needs a letter and three characters, such as n3f0.", next: "btw list")
        }
        guard length <= EntryID.textLength else { throw .noSuchEntry }
        let missing = EntryID.textLength - length
        guard let first = EntryID(characters + String(repeating: "0", count: missing)),
            let last = EntryID(characters + String(repeating: "z", count: missing))
        else { throw .noSuchEntry }
        range = first...last
    }

    /// An incomplete id, for completion: any prefix, even an empty one; `nil` for a prefix that no id can have.
    package init?(beginning text: String) {
        var characters = TypedText.plain(text).lowercased()[...]
        letter = characters.first.flatMap { Self.letters.contains($0) ? $0 : nil }
        if letter != nil { characters.removeFirst() }
        let missing = EntryID.textLength - characters.utf8.count
        // The first character encodes 3 bits, so the greatest one is 7.
        let rest =
            missing > 0
            ? (characters.isEmpty ? "7" : "z") + String(repeating: "z", count: missing - 1) : ""
        guard missing >= 0, let first = EntryID(characters + String(repeating: "0", count: missing)),
            let last = EntryID(characters + rest)
        else { return nil }
        range = first...last
    }

    private static let letters = Set(Kind.known.map(\.letter) + ["x"])
}

/// A device id as people type it: a prefix of three characters or more, or all 26.
package struct DevicePrefix: Hashable, Sendable {
    /// The canonical, lower-case form.
    private let text: String

    /// Accepts either case, digits of any script, and Crockford's look-alikes.
    ///
    /// - Throws: ``Failure``: exit 2 for fewer than three characters.
    package init(parsing typed: String) throws(Failure) {
        let typed = TypedText.plain(typed)
        guard typed.utf8.count >= IDPrefix.lengthMin else {
            throw .usage("A device's id needs three characters at least.", next: "btw device")
        }
        text = String(
            typed.lowercased().map { character in
                switch character {
                case "o": "0"
                case "i", "l": "1"
                default: character
                }
            })
    }

    package func matches(_ device: DeviceID) -> Bool { device.description.hasPrefix(text) }

    /// The shortest prefix of an id that distinguishes it from the others.
    package static func shortest(of device: DeviceID, among others: [DeviceID]) -> String {
        let characters = device.description
        let shared =
            others.filter { $0 != device }.map { other in
                zip(characters.utf8, other.description.utf8).prefix { $0 == $1 }.count
            }.max() ?? 0
        return String(characters.prefix(max(shared + 1, IDPrefix.lengthMin)))
    }
}
