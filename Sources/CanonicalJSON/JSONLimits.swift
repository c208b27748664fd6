/// Limits of the JSON reader.
///
/// The caller bounds the size of the input. Time and memory are linear in that size (objects sort their keys), except
/// for the stack, which the nesting depth bounds.
public struct JSONLimits: Hashable, Sendable {
    /// The deepest nesting that is read unless the caller says otherwise.
    public static let depthMaxDefault = 64

    /// The deepest nesting a caller may ask for.
    ///
    /// The reader recurses once a level; so many levels stay inside the
    /// 512 KiB stack of a worker thread, also under a sanitizer.
    public static let depthMaxCeiling = 128

    /// How many arrays and objects may stand inside one another.
    public let depthMax: Int

    /// Makes limits; a depth outside `0...depthMaxCeiling` traps.
    public init(depthMax: Int = JSONLimits.depthMaxDefault) {
        precondition((0...Self.depthMaxCeiling).contains(depthMax), "depthMax is outside 0...depthMaxCeiling")
        self.depthMax = depthMax
    }
}
