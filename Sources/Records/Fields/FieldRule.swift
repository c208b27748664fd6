public import CanonicalJSON

/// How a field's live values become the one that is shown; `MergeOutcomeTests` has a case a row. Reading
/// resolves; the next edit of the field settles.
public enum FieldRule: Hashable, Sendable {
    /// The value of the greatest edit; the others stay in history.
    case greatest
    /// All versions of a text in one; see ``ProseMerge``.
    case prose
    /// The value that stands first in this list; one that is not in it comes after all that are.
    case ranked([Text])
    /// True if any says so.
    case anyTrue
    /// The least text; none at all only if no version has one.
    case earliest
    /// The later date; see ``DueDate``.
    case latestDue
    /// No rule may choose: the greatest edit's is shown, and the rest beside it, until somebody confirms one.
    case unsettled

    /// The name by which `btw changes` calls it.
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
