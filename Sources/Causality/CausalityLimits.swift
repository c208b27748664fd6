/// The limits of what one edit and one batch may hold. `Protocol/SPEC.md` states them too.
public enum CausalityLimits {
    /// Edits in a batch.
    public static let editsPerBatchMax = 500
    /// Fields that one edit may set.
    public static let tokensPerEditMax = 1024
    /// Lines of which one edit may say that it could not read them: 64 replicas of each of 64 devices.
    public static let unreadPerEditMax = 4096
    /// Lines of one device in one space: it begins another whenever its database was copied or put back.
    public static let linesPerDeviceMax = 64
    /// From so many on its person is told.
    public static let linesPerDeviceTold = 32
}
