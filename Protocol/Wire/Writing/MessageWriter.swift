import Causality

/// Makes the lines of messages: one each, a batch one more than it has edits. Keys are sorted; nothing is spaced.
///
/// What it writes, a ``MessageReader`` reads back as the same message, within the limits of ``WireLimits``.
public enum MessageWriter {
    /// The bytes of all lines of a message, ends included.
    public static func bytes(of message: Message) -> [UInt8] {
        var sink = ByteSink(capacity: length(of: message))
        message.write(to: &sink)
        return sink.bytes
    }

    /// How many bytes ``bytes(of:)`` has; worked out without making them, so that credit is known before.
    public static func length(of message: Message) -> Int {
        var sink = LengthSink()
        message.write(to: &sink)
        return sink.length
    }
}
