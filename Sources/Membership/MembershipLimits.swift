/// The limits of a membership log; `Protocol/SPEC.md` states them too.
public enum MembershipLimits {
    /// Bytes of one record: room for a cut and wraps at their limits. In base64url it fits in a line of the wire.
    public static let recordLengthMax = 640 * 1024
    /// Records of one log.
    public static let recordsMax = 16_384
    /// Objects and arrays inside one another in a record, as everywhere on the wire.
    public static let depthMax = 8
    /// Characters of a record's kind: lower-case letters and hyphens.
    public static let kindLengthMax = 32
    /// The batch version that genesis may name at most: a number that JSON readers everywhere keep exact.
    public static let batchVersionMax = 1 << 53 - 1
    /// People who are of a space at once.
    public static let peopleMax = 256
    /// Devices of one person that are of a space at once, recovery keys among them.
    public static let devicesPerPersonMax = 64
    /// Devices that are of a space at once.
    public static let devicesMax = 1024
    /// Rows of a cut, and of the clock in a recovery key's binding, as of a clock on the wire.
    public static let cutRowsMax = 4096
}
