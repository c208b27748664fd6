/// The limits of the wire. `Protocol/SPEC.md` has each as a row; a peer that passes one is told, and closed.
public enum WireLimits {
    /// Bytes of a line, its end included, before authentication.
    public static let lineLengthMaxBeforeAuth = 4 * 1024
    /// Bytes of a line, its end included, after authentication.
    public static let lineLengthMax = 1024 * 1024
    /// Objects and arrays inside one another.
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
    /// Bytes of all records that whoever has nothing of a log yet takes, none of them verified. A server that follows
    /// the rules keeps an eighth of it.
    public static let logLengthMax = 64 * 1024 * 1024
    /// Rows of a clock: 64 replicas of each of 64 devices, as many as a line of the greatest length holds.
    public static let clockRowsMax = 4096
    /// Numbers in one `line`, and ends in one `lineEnds`.
    public static let lineEndsMax = 64
    /// Dots in one `fetch`.
    public static let fetchDotsMax = 500
    /// Boxes that one side was asked for, does not have and sends when they come; the oldest are given up first.
    public static let promisedBoxesMax = 500
    /// Ends in one `held`.
    public static let heldEndsMax = 500
    /// Spaces in one `welcome`.
    public static let spacesMax = 1024
    /// Bytes of what is sealed in a `reveal`, of which a line is short.
    public static let claimLengthMax = 2 * 1024
    /// Bytes of what is sealed in a `grant`: a clock of ``clockRowsMax`` rows fits.
    public static let grantLengthMax = 384 * 1024
    /// Bytes of batches and boxes that either side may send before it was granted any.
    public static let creditAtFirst = 1024 * 1024
}
