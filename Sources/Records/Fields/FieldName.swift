public import CanonicalJSON

/// The name of a field: `title`, or with an element for a set or a map: `tags/sleep`, `x/jrnl`. Each element is a
/// separate register, so that concurrent additions do not conflict.
public struct FieldName: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let text: Text
    /// The part before the first slash.
    public let collection: Text
    /// The part after the first slash; `nil` for a field that is not an element.
    public let element: Text?

    public init(_ text: Text) {
        self.text = text
        let name = text.string
        if let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")) {
            collection = Text(String(name[..<slash]))
            element = Text(String(name[name.utf8.index(after: slash)...]))
        } else {
            collection = text
            element = nil
        }
    }

    public init(stringLiteral value: String) { self.init(Text(value)) }

    /// The field of one element of a set or a map.
    ///
    /// - Precondition: the collection's name has no slash; the element may be any text.
    public init(_ collection: Text, element: Text) {
        text = Text(collection.string + "/" + element.string)
        self.collection = collection
        self.element = element
    }

    /// Whether it is a valid name: not empty, and without NUL, at which a column would end.
    public var isWritable: Bool { !text.string.isEmpty && !text.string.utf8.contains(0) }

    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.text == rhs.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.text < rhs.text }

    public var description: String { text.string }
}
