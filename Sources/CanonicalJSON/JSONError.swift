/// The reason why input was rejected as JSON, and where.
///
/// Neither it nor its description holds any content of the input, so it may
/// be logged and sent to a peer.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that the input broke.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The input ends inside a value, or holds none.
        case unexpectedEnd
        /// A byte that cannot stand where it stands.
        case unexpectedByte
        /// More than white space after the value.
        case trailingBytes
        /// The input begins with a UTF-8 byte order mark.
        case byteOrderMark
        /// A string that is not UTF-8.
        case invalidUTF8
        /// A control character in a string that is not escaped.
        case controlCharacter
        /// A backslash that begins no escape of RFC 8259.
        case invalidEscape
        /// An escaped surrogate without its other half.
        case loneSurrogate
        /// A number with a leading zero or a missing digit.
        case invalidNumber
        /// A number too large for a double.
        case numberOutOfRange
        /// A key that the object has already, byte for byte.
        case duplicateKey
        /// More nesting than ``JSONLimits/depthMax``.
        case tooDeep
    }

    /// The rule that the input broke.
    public let code: Code

    /// The position, in bytes from the start of the input.
    ///
    /// For a string, key or number as a whole (`invalidUTF8`,
    /// `duplicateKey`, `numberOutOfRange`) where it begins; for an escape its
    /// backslash; otherwise the offending byte.
    public let byteOffset: Int

    public init(_ code: Code, byteOffset: Int) {
        self.code = code
        self.byteOffset = byteOffset
    }

    public var description: String { "JSON refused at byte \(byteOffset): \(code.rawValue)" }
}

/// Limits of the JSON reader.
///
/// The caller bounds the size of the input. Time and memory are linear in that size (objects sort their keys), except
/// for the stack, which the nesting depth bounds.
public struct JSONLimits: Hashable, Sendable {
    /// The deepest nesting that is read unless the caller says otherwise.
    public static let depthMaxDefault = 64

    /// The deepest nesting a caller may ask for.
    ///
    /// The reader recurses once a level; so many levels stay inside the
    /// 512 KiB stack of a worker thread, also under a sanitizer.
    public static let depthMaxCeiling = 128

    /// How many arrays and objects may stand inside one another.
    public let depthMax: Int

    /// Makes limits; a depth outside `0...depthMaxCeiling` traps.
    public init(depthMax: Int = JSONLimits.depthMaxDefault) {
        precondition((0...Self.depthMaxCeiling).contains(depthMax), "depthMax is outside 0...depthMaxCeiling")
        self.depthMax = depthMax
    }
}
