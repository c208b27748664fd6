/// The limits of what is sealed; `Protocol/SPEC.md` states them too.
public enum SealingLimits {
    /// Bytes of what one edit says; the caller refuses more when it is written.
    public static let plaintextLengthMax = 192 * 1024
    /// Bytes of a box at most: the longest plaintext, padded, with nonce and tag.
    public static let boxLengthMax = BoxPadding.paddedLength(of: plaintextLengthMax) + SpaceKeys.boxOverhead
    /// Bytes of a box at least.
    public static let boxLengthMin = BoxPadding.paddedLengthMin + SpaceKeys.boxOverhead
    /// How often a reader of a log tries whether a `before` holds the key of one epoch or another, in all. The epoch before
    /// it and the one that is followed are tried for each beside that.
    public static let bridgeTriesMax = 65_536
}
