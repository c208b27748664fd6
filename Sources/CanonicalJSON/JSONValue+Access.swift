extension JSONValue {
    /// The string, if this is one.
    public var asText: String? {
        if case .text(let text) = self { text.string } else { nil }
    }

    /// The integer, if this is one; `nil` for every other number.
    public var asInteger: Int? {
        if case .integer(let integer) = self { integer } else { nil }
    }

    /// The boolean, if this is one.
    public var asBool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// The elements, if this is an array.
    public var asArray: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members, if this is an object.
    public var asObject: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The value of a member, if this is an object with that key.
    public subscript(key: Text) -> JSONValue? { asObject?[key] }
}
