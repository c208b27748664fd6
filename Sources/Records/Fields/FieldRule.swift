public import CanonicalJSON

/// How concurrent values of a field are resolved; `MergeOutcomeTests` has a case for each row. Reading resolves; the
/// next edit of the field supersedes all of them.
public enum FieldRule: Hashable, Sendable {
    /// The value of the greatest edit; the others stay in the history.
    case greatest
    /// The merged text of all versions; see ``ProseMerge``.
    case prose
    /// The first value of this list that occurs; values outside of the list come last.
    case ranked([Text])
    /// True if any value is true.
    case anyTrue
    /// The least text; `null` only if no version has a text.
    case earliest
    /// The later date; see ``DueDate``.
    case latestDue
    /// No rule applies: the greatest edit's value is shown together with the others, until the user confirms one.
    case unsettled

    /// The name in `btw changes`.
    public var name: Text {
        switch self {
        case .greatest: "greatest"
        case .prose: "prose"
        case .ranked: "ranked"
        case .anyTrue: "any"
        case .earliest: "earliest"
        case .latestDue: "later"
        case .unsettled: "unsettled"
        }
    }
}
