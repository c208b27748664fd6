/// `btw join STRING [--name NAME] [--trust]`.
package struct JoinRequest: Hashable, Sendable {
    /// As it was typed; what it is for stands in it.
    package let string: String
    /// What this device is to be called; `nil` for what the machine is called.
    package let name: String?
    /// Whether nobody is asked to compare words.
    package let trusts: Bool

    init(_ scanned: OptionScanner) throws(Failure) {
        string = scanned.words.joined(separator: " ")
        if string.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            throw scanned.command == .connect
                ? .usage(
                    "Connecting needs the string that whoever runs the server gave you.", next: "btw connect STRING")
                : .usage("Joining needs the string that another device shows.", next: "btw join STRING")
        }
        name = try scanned.deviceName()
        trusts = scanned.has("--trust")
    }
}

/// `btw recover STRING KEY [--name NAME] [--unbound]`.
package struct RecoverRequest: Hashable, Sendable {
    /// String and key, one after the other, as they were typed: both may stand in groups.
    package let words: [String]
    package let name: String?
    /// Whether a key that does not say which journal it opens may enter what the server names.
    package let acceptsUnbound: Bool

    init(_ scanned: OptionScanner) throws(Failure) {
        words = scanned.words.flatMap { word in
            word.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
        }
        guard words.count >= 2 else {
            throw .usage(
                "Recovering needs a string of the server, and the key that was printed.", next: "btw recover STRING KEY"
            )
        }
        name = try scanned.deviceName()
        acceptsUnbound = scanned.has("--unbound")
    }
}
