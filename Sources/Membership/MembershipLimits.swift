/// The limits of a membership log; `Protocol/SPEC.md` states them too.
public enum MembershipLimits {
    /// Bytes of one record: room for some 1,200 wraps.
    public static let recordLengthMax = 256 * 1024
    /// Records of one log.
    public static let recordsMax = 16_384
    /// Objects and arrays inside one another in a record, as everywhere on the wire.
    public static let depthMax = 8
    /// Characters of a record's kind: lower-case letters and hyphens.
    public static let kindLengthMax = 32
    /// The batch version that genesis may name at most: a number that JSON readers everywhere keep exact.
    public static let batchVersionMax = 1 << 53 - 1
}
