public import CanonicalJSON

/// The name of a field: `title`, or with its element where the field is a set or a
/// map: `tags/sleep`, `x/jrnl`. Each element is a register of its own, so that
/// additions on two devices never meet.
public struct FieldName: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let text: Text
    /// The part before the first slash.
    public let collection: Text
    /// What follows the first slash; `nil` for a field that is no element.
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
    /// - Precondition: the collection's name has no slash; what an element is called is anybody's.
    public init(_ collection: Text, element: Text) {
        text = Text(collection.string + "/" + element.string)
        self.collection = collection
        self.element = element
    }

    /// Whether this may name a field: it is not empty, and holds no NUL, at which a column would end.
    public var isWritable: Bool { !text.string.isEmpty && !text.string.utf8.contains(0) }

    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.text == rhs.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.text < rhs.text }

    public var description: String { text.string }
}
