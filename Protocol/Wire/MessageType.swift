/// The values of `type` of the lines on the wire.
package enum MessageType: String, CaseIterable {
    case hello, challenge, auth, welcome
    case log, append, hold, holding
    case open, opened, line
    case lineEnds = "line_ends"
    case proof
    case batch, edit, held, fetch, box
    case offer, commit, reply, reveal, grant
    case credit, ping, pong, error, bye

    /// The length of the longest name in bytes; a longer one is unknown without being decoded.
    static let lengthMax = 32

    init?(_ text: ArraySlice<UInt8>) {
        guard text.count <= Self.lengthMax else { return nil }
        self.init(rawValue: String(decoding: text, as: UTF8.self))
    }
}
