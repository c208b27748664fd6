/// Limits of the wire, as the tables of `Protocol/SPEC.md` state them; a peer that exceeds one is told, and closed.
public enum WireLimits {
    /// Bytes of a line, newline included, before authentication.
    public static let lineLengthMaxBeforeAuth = 4 * 1024
    /// Bytes of a line, newline included, after authentication.
    public static let lineLengthMax = 1024 * 1024
    /// Nesting of objects and arrays.
    public static let depthMax = 8
    /// Keys of one object.
    public static let keysPerObjectMax = 32
    /// Bytes of a key.
    public static let keyLengthMax = 32
    /// The greatest integer: 2^53 - 1.
    public static let integerMax = 1 << 53 - 1
    /// Bytes of all lines of a batch, the header's included.
    public static let batchLengthMax = 512 * 1024
    /// Bytes of a membership record.
    public static let recordLengthMax = 640 * 1024
    /// Bytes of all records that a client without the log accepts before it verifies them. A server that follows the
    /// rules keeps at most an eighth of it.
    public static let logLengthMax = 64 * 1024 * 1024
    /// Rows of a clock: 64 replicas of each of 64 devices, as many as fit in a line of the greatest length.
    public static let clockRowsMax = 4096
    /// Numbers in one `feed`, and rows in one `tips`.
    public static let tipsMax = 64
    /// Dots in one `fetch`.
    public static let fetchDotsMax = 500
    /// Boxes that one side was asked for, does not have, and sends when they arrive; beyond it the oldest are
    /// dropped.
    public static let promisedBoxesMax = 500
    /// Ends in one `held`.
    public static let heldTipsMax = 500
    /// Spaces in one `welcome`.
    public static let spacesMax = 1024
    /// Bytes of a sealed claim in a `reveal`, so that the line stays short.
    public static let claimLengthMax = 2 * 1024
    /// Bytes of a sealed grant: a clock of ``clockRowsMax`` rows fits.
    public static let grantLengthMax = 384 * 1024
    /// Bytes of batches and boxes that either side may send before the first grant.
    public static let creditAtFirst = 1024 * 1024
}
