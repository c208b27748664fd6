/// The limits of what one entry may hold, checked when it is written.
public enum RecordLimits {
    /// Unicode scalars in a title, a topic, a focus.
    public static let lineLengthMax = 200
    /// Unicode scalars in a tag or a feeling.
    public static let wordLengthMax = 64
    /// Bytes of the plaintext of one edit.
    public static let editBytesMax = 192 * 1024
    /// Bytes of UTF-8 in a body: an edit's, less room for the other fields that an edit names.
    public static let proseBytesMax = editBytesMax - 8 * 1024
    /// How far back the merge of a text looks for what its versions have in common.
    public static let ancestryDepthMax = 16
    /// Live values of a field that are resolved into one: the greatest edits'. No person makes as many at once.
    public static let liveValuesMax = 64
    /// Bytes of the versions of a text that are put into one, but for the first; beyond that, the greatest edits' are.
    public static let mergedBytesMax = 1024 * 1024
}
