/// Limits of one edit and one batch, as `Protocol/SPEC.md` states them.
public enum CausalityLimits {
    /// Edits in a batch.
    public static let editsPerBatchMax = 500
    /// Fields that one edit may set.
    public static let tokensPerEditMax = 1024
    /// Feeds that one edit may name as unread: 64 replicas of each of 64 devices.
    public static let unreadPerEditMax = 4096
    /// Feeds of one device in one space; a device begins a new feed when its database was copied or restored.
    public static let feedsPerDeviceMax = 64
    /// The number of feeds from which on the person is warned.
    public static let feedsPerDeviceWarned = 32
}
