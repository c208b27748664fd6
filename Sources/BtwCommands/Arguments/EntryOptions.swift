package import CanonicalJSON
import Causality
package import Records

/// Options of all commands that write an entry: `--at`, `--about`, `--tag`, `--flag`.
package struct EntryOptions: Hashable, Sendable {
    /// When it happened; `nil` for now.
    package var at: Moment?
    package var about: IDPrefix?
    package var tags: [Text]
    package var isFlagged: Bool

    private static let atOption = OptionDescription(
        "--at", "D", "When it happened: a day, or a time on it. Now, if it is left out.")
    private static let aboutOption = OptionDescription(
        "--about", "ID", "The entry that it is about.", completes: .entry(nil))
    private static let tagOption = OptionDescription("--tag", "T", "A tag, as +T in the text.", isRepeatable: true)
    private static let flagOption = OptionDescription("--flag", nil, "To bring to the session.")

    static let all = [atOption, aboutOption, tagOption, flagOption]

    /// The names of the options that were given.
    var given: [String] {
        [
            (Self.atOption, at != nil), (Self.aboutOption, about != nil), (Self.tagOption, !tags.isEmpty),
            (Self.flagOption, isFlagged),
        ].filter { $0.1 }.map { $0.0.name }
    }

    init(_ arguments: ParsedArguments) throws(Failure) {
        isFlagged = arguments.has(Self.flagOption)
        tags = []
        for typed in arguments.all(Self.tagOption) {
            tags.append(try TagWords.tag(argument: typed, of: arguments.command))
        }
        if let typed = arguments[Self.aboutOption] { about = try IDPrefix(parsing: typed) }
        if let typed = arguments[Self.atOption] {
            at = try AtOption.moment(
                typed, of: Self.atOption.name, in: arguments.localTime, for: arguments.command)
        }
    }
}
