/// `btw join [STRING] [--name NAME] [--trust]`.
package struct JoinRequest: Hashable, Sendable {
    /// As it was typed; what it is for stands in it. `nil` for one that is asked for, or read from stdin: others on the
    /// machine see what a command was called with.
    package let string: String?
    /// What this device is to be called; `nil` for what the machine is called.
    package let name: String?
    /// Whether nobody is asked to compare words.
    package let trusts: Bool

    init(_ scanned: OptionScanner) throws(Failure) {
        string = scanned.words.isEmpty || scanned.words == ["-"] ? nil : scanned.words.joined(separator: " ")
        name = try scanned.deviceName()
        trusts = scanned.has("--trust")
        guard let string, string.unicodeScalars.allSatisfy(\.properties.isWhitespace) else { return }
        throw Self.noString
    }

    static let noString = Failure.usage(
        "This needs a string: that of a server, or the one that another device shows.", next: "btw join STRING")
}

/// `btw recover [STRING] [KEY] [--name NAME] [--unbound]`.
package struct RecoverRequest: Hashable, Sendable {
    /// String and key, one after the other, as they were typed: both may stand in groups. What is missing of them is
    /// asked for, or read from stdin.
    package let words: [String]
    package let name: String?
    /// Whether a key that does not say which journal it opens may enter what the server names.
    package let acceptsUnbound: Bool

    init(_ scanned: OptionScanner) throws(Failure) {
        let typed = scanned.words.last == "-" ? scanned.words.dropLast() : scanned.words[...]
        words = typed.flatMap(Self.split)
        name = try scanned.deviceName()
        acceptsUnbound = scanned.has("--unbound")
    }

    static func split(_ typed: String) -> [String] {
        typed.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
    }
}
