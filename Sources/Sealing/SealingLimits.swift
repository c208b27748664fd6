/// Limits of sealed content, as `Protocol/SPEC.md` states them.
public enum SealingLimits {
    /// Bytes of one edit's content; the caller refuses longer content when it is written.
    public static let plaintextLengthMax = 192 * 1024
    /// The greatest length of a box: the longest plaintext, padded, with nonce and tag.
    public static let boxLengthMax = BoxPadding.paddedLength(of: plaintextLengthMax) + SpaceKeys.boxOverhead
    /// The least length of a box.
    public static let boxLengthMin = BoxPadding.paddedLengthMin + SpaceKeys.boxOverhead
    /// How often, in total, a reader of a log tries whether a `before` holds the key of some epoch; the preceding epoch
    /// and the followed one are tried for each in addition.
    public static let bridgeTriesMax = 65_536
}
