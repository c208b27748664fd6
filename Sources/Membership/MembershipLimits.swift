/// Limits of a membership log, as `Protocol/SPEC.md` states them.
public enum MembershipLimits {
    /// Bytes of one record: a cut and wraps at their limits fit, and its base64url fits in a line on the wire.
    public static let recordLengthMax = 640 * 1024
    /// Records of one log.
    public static let recordsMax = 16_384
    /// Nesting of objects and arrays in a record, as everywhere on the wire.
    public static let depthMax = 8
    /// Characters of a record's kind: lower-case letters and hyphens.
    public static let kindLengthMax = 32
    /// The greatest batch version of a genesis: the greatest integer that every JSON reader represents exactly.
    public static let batchVersionMax = 1 << 53 - 1
    /// People in a space at a time.
    public static let peopleMax = 256
    /// Devices of one person in a space at a time, including recovery keys.
    public static let devicesPerPersonMax = 64
    /// Devices in a space at a time.
    public static let devicesMax = 1024
    /// Rows of a cut, and of the clock in a recovery key's binding; the same as of a clock on the wire.
    public static let cutRowsMax = 4096
}
