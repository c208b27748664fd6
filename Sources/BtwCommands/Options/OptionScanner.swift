/// An option of a command.
package struct OptionSpec: Hashable, Sendable {
    package let name: String
    /// What stands for its value in a usage line; `nil` for one that takes none.
    package let value: String?
    package let isRepeatable: Bool

    init(_ name: String, _ value: String? = nil, isRepeatable: Bool = false) {
        self.name = name
        self.value = value
        self.isRepeatable = isRepeatable
    }
}

/// A command's arguments, sorted into options and words.
///
/// Options may stand anywhere among the words, as `--name value` or `--name=value`.
/// `-` is a word, and after `--` all are. What begins with a dash and has white space
/// in its name is text: `btw note "- milk and eggs"`.
struct OptionScanner {
    let command: CommandName
    private(set) var words: [String] = []
    private var values: [String: [String]] = [:]

    init(_ arguments: [String], of command: CommandName) throws(Failure) {
        self.command = command
        let specs = command.options
        var remaining = arguments[...]
        while let argument = remaining.popFirst() {
            if argument == "--" {
                words += remaining
                return
            }
            guard Self.isOption(argument) else {
                words.append(argument)
                continue
            }
            let name = Self.name(of: argument)
            guard let spec = specs.first(where: { $0.name == name }) else { throw unknown(name) }
            if values[name] != nil, !spec.isRepeatable {
                throw .usage("\(name) is there twice.", of: command)
            }
            let hasValue = name.utf8.count < argument.utf8.count
            let inline = hasValue ? String(argument.utf8.dropFirst(name.utf8.count + 1)) ?? "" : nil
            values[name, default: []].append(try Self.value(of: spec, inline, &remaining, command))
        }
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    /// The value of an option that stands once at most.
    subscript(name: String) -> String? { values[name]?.first }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Whether this is meant as an option, known or not.
    static func isOption(_ argument: String) -> Bool {
        argument.utf8.first == UInt8(ascii: "-") && argument.utf8.count > 1
            && !name(of: argument).unicodeScalars.contains(where: \.properties.isWhitespace)
    }

    /// What stands before the equals sign.
    private static func name(of argument: String) -> String {
        String(argument.utf8.prefix { $0 != UInt8(ascii: "=") }) ?? argument
    }

    private static func value(
        of spec: OptionSpec, _ inline: String?, _ remaining: inout ArraySlice<String>, _ command: CommandName
    ) throws(Failure) -> String {
        guard spec.value != nil else {
            if inline != nil { throw .usage("\(spec.name) takes no value.", of: command) }
            return ""
        }
        if let inline { return inline }
        // An option of this command is no value: somebody forgot the value.
        if let next = remaining.first, next != "--", !command.options.contains(where: { $0.name == name(of: next) }) {
            remaining.removeFirst()
            return next
        }
        throw .usage("\(spec.name) needs a value.", of: command)
    }

    private func unknown(_ name: String) -> Failure {
        let text = "Text that begins with a dash stands after --."
        // What does not look like an option's name may be somebody's words.
        guard name.hasPrefix("--"), Name.isName(name.dropFirst(2)) else {
            return .usage("An option is not known here. \(text)", of: command)
        }
        return .usage("btw \(command.rawValue) has no option \(name). \(text)", of: command)
    }
}

/// What looks like the name of a field or an option, and so may stand in a message.
enum Name {
    static func isName(_ text: some StringProtocol) -> Bool {
        (1...24).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "-")
            }
    }
}
