import Causality
import TestSupport
import Wire

/// Transfers a message between processes: as a value, or as bytes that arrive in two pieces.
struct WireReader {
    private var reader = MessageReader(lineLengthMax: WireLimits.lineLengthMax, hash: testHash)

    /// The message at the other side; `nil` if it differs from the sent one.
    ///
    /// - Parameter usesBytes: whether it is encoded and decoded.
    mutating func read(_ message: Message, usesBytes: Bool) -> (Message, byteCount: Int)? {
        guard usesBytes else { return (message, message.isCounted ? MessageWriter.length(of: message) : 0) }
        let bytes = MessageWriter.bytes(of: message)
        do throws(WireDefect) {
            let half = bytes.count / 2
            let read = try reader.read(bytes[..<half]) + reader.read(bytes[half...])
            guard read.count == 1, let received = read.first, received.message == message,
                received.byteCount == MessageWriter.length(of: message)
            else { return nil }
            return (message, received.byteCount)
        } catch {
            return nil
        }
    }
}
