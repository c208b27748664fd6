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
