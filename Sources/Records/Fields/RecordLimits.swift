/// Limits of an entry's content, checked when it is written.
public enum RecordLimits {
    /// Unicode scalars in a title, a topic or a focus.
    public static let lineLengthMax = 200
    /// Unicode scalars in a tag or a feeling.
    public static let wordLengthMax = 64
    /// Bytes of the plaintext of one edit.
    public static let editBytesMax = 192 * 1024
    /// Bytes of UTF-8 in a body: the limit of an edit, less room for its other fields.
    public static let proseBytesMax = editBytesMax - 8 * 1024
    /// How many generations of common ancestors the merge of a text examines.
    public static let ancestryDepthMax = 16
    /// Live values of a field that are resolved: those of the greatest edits. Normal use has far fewer.
    public static let liveValuesMax = 64
    /// Total bytes of the versions of a text, times their number, up to which they are merged; beyond that, the value
    /// of the greatest edit is shown. Four versions of the greatest length are merged.
    public static let mergedCostMax = 4 * 1024 * 1024
}
