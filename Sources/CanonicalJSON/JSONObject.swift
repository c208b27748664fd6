/// A JSON object: unique keys, kept sorted by their UTF-8 bytes.
///
/// Look up and set members by key; iterate them in the order in which they
/// are written. Setting a key takes linear time where it lands in the
/// middle, so build a large object at once with
/// ``init(uniqueKeysWithValues:)``.
public struct JSONObject: Hashable, Sendable {
    /// One member as iteration gives it.
    public typealias Element = (key: Text, value: JSONValue)

    struct Member: Hashable {
        let key: Text
        var value: JSONValue
    }

    private(set) var members: [Member]

    /// Makes an object without members.
    public init() {
        members = []
    }

    /// Makes an object of members in any order, or `nil` if a key repeats.
    public init?(uniqueKeysWithValues elements: some Sequence<(Text, JSONValue)>) {
        members = elements.map { Member(key: $0.0, value: $0.1) }
        members.sort { $0.key < $1.key }
        for (member, next) in zip(members, members.dropFirst()) where member.key == next.key { return nil }
    }

    /// Takes over members that the reader has found sorted and unique.
    init(sortedMembers: [Member]) {
        members = sortedMembers
    }

    init(literal elements: [(Text, JSONValue)]) {
        guard let object = JSONObject(uniqueKeysWithValues: elements) else {
            preconditionFailure("A JSON object literal repeats a key")
        }
        self = object
    }

    /// How many members there are.
    public var count: Int { members.count }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// The value at a key; setting `nil` removes the member.
    public subscript(key: Text) -> JSONValue? {
        get {
            let index = firstIndex(notBefore: key)
            return holds(key, at: index) ? members[index].value : nil
        }
        set {
            let index = firstIndex(notBefore: key)
            switch (newValue, holds(key, at: index)) {
            case (let value?, true): members[index].value = value
            case (let value?, false): members.insert(Member(key: key, value: value), at: index)
            case (nil, true): members.remove(at: index)
            case (nil, false): break
            }
        }
    }

    private func holds(_ key: Text, at index: Int) -> Bool {
        index < members.count && members[index].key == key
    }

    private func firstIndex(notBefore key: Text) -> Int {
        var low = 0
        var high = members.count
        while low < high {
            let middle = low + (high - low) / 2
            if members[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension JSONObject: Sequence {
    /// Walks the members in the order of their keys.
    public struct Iterator: IteratorProtocol, Sendable {
        var members: IndexingIterator<[Member]>

        /// The next member, or `nil` after the last.
        public mutating func next() -> Element? {
            members.next().map { ($0.key, $0.value) }
        }
    }

    /// Starts at the smallest key.
    public func makeIterator() -> Iterator {
        Iterator(members: members.makeIterator())
    }

    /// How many members there are.
    public var underestimatedCount: Int { members.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Makes an object of a literal; a repeated key is a programmer's mistake and traps.
    public init(dictionaryLiteral elements: (Text, JSONValue)...) {
        self.init(literal: elements)
    }
}

// MARK: - Reading

extension JSONObject {
    /// The bytes of a base64url member; `nil` if there is none.
    package func bytes(_ key: Text) -> [UInt8]? { self[key]?.asText.flatMap(Base64URL.bytes) }

    /// The bytes of a base64url member with exactly `count` bytes; otherwise `nil`.
    package func bytes(_ key: Text, count: Int) -> [UInt8]? {
        guard let bytes = bytes(key), bytes.count == count else { return nil }
        return bytes
    }

    /// The value of an integer member within these bounds; otherwise `nil`.
    package func integer(_ key: Text, in bounds: ClosedRange<Int>) -> Int? {
        guard let integer = self[key]?.asInteger, bounds.contains(integer) else { return nil }
        return integer
    }
}

extension JSONValue {
    /// A string value with these bytes in base64url.
    package static func bytes(_ bytes: [UInt8]) -> JSONValue { .text(Text(Base64URL.text(bytes))) }
}
