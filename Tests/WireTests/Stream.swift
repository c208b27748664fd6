import Causality
import TestSupport
import Wire

/// Reading in one go, as most tests do.
enum Stream {
    static func reader(lineLengthMax: Int = WireLimits.lineLengthMax) -> MessageReader {
        MessageReader(lineLengthMax: lineLengthMax, hash: testHash)
    }

    static func read(_ bytes: [UInt8], lineLengthMax: Int = WireLimits.lineLengthMax) throws(WireDefect) -> [Message?] {
        var reader = reader(lineLengthMax: lineLengthMax)
        return try reader.read(bytes).map(\.message)
    }

    static func read(lines: [String]) throws(WireDefect) -> [Message?] {
        try read(lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] })
    }

    /// The defect of a stream; `nil` if there is none.
    static func defect(_ bytes: [UInt8], lineLengthMax: Int = WireLimits.lineLengthMax) -> WireDefect? {
        do throws(WireDefect) {
            _ = try read(bytes, lineLengthMax: lineLengthMax)
            return nil
        } catch {
            return error
        }
    }
}
