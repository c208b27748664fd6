// There is no nil literal: `value = nil` could be read as JSON null or as an absent member.

extension JSONValue: ExpressibleByStringLiteral {
    /// Makes a string of a literal.
    public init(stringLiteral string: String) {
        self = .text(Text(string))
    }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    /// Makes an integer of a literal.
    public init(integerLiteral integer: Int) {
        self = .integer(integer)
    }
}

extension JSONValue: ExpressibleByBooleanLiteral {
    /// Makes a truth value of a literal.
    public init(booleanLiteral bool: Bool) {
        self = .bool(bool)
    }
}

extension JSONValue: ExpressibleByArrayLiteral {
    /// Makes an array of a literal.
    public init(arrayLiteral elements: JSONValue...) {
        self = .array(elements)
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    /// Makes an object of a literal; a repeated key is a programmer's mistake and traps.
    public init(dictionaryLiteral members: (Text, JSONValue)...) {
        self = .object(JSONObject(literal: members))
    }
}
