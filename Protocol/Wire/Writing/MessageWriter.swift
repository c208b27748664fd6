import Causality

/// Encodes messages: one line each, and a batch as one line more than its edits. Keys are sorted, without white
/// space.
///
/// A ``MessageReader`` reads it back as the same message, within ``WireLimits``.
public enum MessageWriter {
    /// The bytes of all lines of a message, newlines included.
    public static func bytes(of message: Message) -> [UInt8] {
        var sink = ByteSink(capacity: length(of: message))
        message.write(to: &sink)
        return sink.bytes
    }

    /// The length of ``bytes(of:)``, computed without encoding, so that credit can be checked first.
    public static func length(of message: Message) -> Int {
        var sink = LengthSink()
        message.write(to: &sink)
        return sink.length
    }
}
