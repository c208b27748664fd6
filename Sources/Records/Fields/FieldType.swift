public import CanonicalJSON

/// The type of a field as this version writes it. Values of newer versions are kept unchanged.
public enum FieldType: Hashable, Sendable {
    /// One line of text, of at most `RecordLimits.lineLengthMax` scalars.
    case line
    /// Text of several paragraphs, which merges.
    case prose
    /// One lower-case word out of an open set.
    case word
    /// One of these words.
    case choice([Text])
    /// Elements that are present or absent, each a separate register.
    case set
    /// Values of other programs, kept unchanged, a separate register per source.
    case map
    case flag
    case integer(ClosedRange<Int>)
    case number
    /// A day or a time of day on it; see ``Moment``.
    case moment
    /// A ``Moment``, or `next`: the next session.
    case due
    /// UTC to the millisecond; see ``Timestamp``.
    case timestamp
    /// The id of an entry or of a person: 26 characters.
    case id
}

extension FieldType {
    /// What is wrong with a value, as the end of a sentence; `nil` if it is valid. `null` clears any field.
    public func problem(with value: JSONValue) -> String? {
        switch (self, value) {
        case (_, .null): nil
        case (.line, .text(let text)): Self.problem(withLine: text.string)
        case (.prose, .text(let text)): Self.problem(withProse: text.string)
        case (.word, .text(let text)): Words.isTag(text.string) ? nil : "must be one lower-case word"
        case (.choice(let words), .text(let text)):
            words.contains(text) ? nil : "must be " + Self.list(words.map(\.string))
        case (.set, .bool), (.flag, .bool), (.map, _): nil
        case (.integer(let range), .integer(let number)):
            range.contains(number) ? nil : "must be from \(range.lowerBound) to \(range.upperBound)"
        case (.number, .integer), (.number, .real): nil
        case (.moment, .text(let text)):
            Moment(text.string) == nil ? "must be a day like 2026-10-16 or a time like 2026-10-16T10:00+02:00" : nil
        case (.due, .text(let text)):
            text == DueDate.next || Moment(text.string) != nil
                ? nil : "must be a day like 2026-10-16, a time on it, or next"
        case (.timestamp, .text(let text)):
            Timestamp(text.string) == nil ? "must be a time like 2026-10-16T08:00:00.000Z" : nil
        case (.id, .text(let text)): Words.isID(text.string) ? nil : "must be an id of 26 characters"
        case (.flag, _), (.set, _): "must be true or false"
        case (.integer(let range), _): "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        case (.number, _): "must be a number"
        case (.line, _), (.prose, _), (.word, _), (.choice, _), (.moment, _), (.due, _), (.timestamp, _), (.id, _):
            "must be text"
        }
    }

    private static func problem(withLine line: String) -> String? {
        if line.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == 0 }) { return "must be one line" }
        let length = line.unicodeScalars.count
        return length > RecordLimits.lineLengthMax
            ? "has \(length) characters; \(RecordLimits.lineLengthMax) are the most" : nil
    }

    private static func problem(withProse text: String) -> String? {
        if text.utf8.contains(0) { return "holds a NUL character" }
        return text.utf8.count > RecordLimits.proseBytesMax
            ? "has \(text.utf8.count) bytes; \(RecordLimits.proseBytesMax) are the most" : nil
    }

    static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
