public import CanonicalJSON

/// The name of a field: `title`, or with its element where the field is a set or a
/// map: `tags/sleep`, `x/jrnl`. Each element is a register of its own, so that
/// additions on two devices never meet.
public struct FieldName: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let text: Text

    public init(_ text: Text) { self.text = text }

    public init(stringLiteral value: String) { text = Text(value) }

    /// The field of one element of a set or a map.
    public init(_ collection: Text, element: Text) { text = Text(collection.string + "/" + element.string) }

    /// The part before the first slash, and the element after it.
    public var parts: (collection: Text, element: Text?) {
        guard let slash = text.string.utf8.firstIndex(of: UInt8(ascii: "/")) else { return (text, nil) }
        let after = text.string.utf8.index(after: slash)
        return (Text(String(text.string[..<slash])), Text(String(text.string[after...])))
    }

    /// Whether this may name a field: it is not empty, and holds no NUL, at which a column would end.
    public var isWritable: Bool { !text.string.isEmpty && !text.string.utf8.contains(0) }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.text < rhs.text }

    public var description: String { text.string }
}
