import Causality
import Wire

enum Large {
    /// A message whose line is a third longer than `byteCount`.
    static func message(byteCount: Int) -> Message {
        .append(SpaceID(bits: EntryID(high: 1, low: 2)), previous: nil, record: [UInt8](repeating: 7, count: byteCount))
    }
}
