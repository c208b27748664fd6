import CanonicalJSON
import Causality
import Records

/// A command's arguments, split into options and words by its description.
///
/// Options may appear anywhere among the words, as `--name value` or `--name=value`. `-` is a word, and everything
/// after `--` is a word. An argument that begins with a dash and has white space before its `=` is text: `btw note "-
/// milk and eggs"`.
package struct ParsedArguments {
    let command: any Command.Type
    /// The local time and offset when the command was started.
    let localTime: LocalTime
    private(set) var words: [String] = []
    private var values: [String: [String]] = [:]

    package init(
        _ arguments: [String], of command: any Command.Type, in localTime: LocalTime
    ) throws(Failure) {
        self.command = command
        self.localTime = localTime
        let options = command.description.options
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
            guard let option = options.first(where: { $0.name == name }) else { throw unknown(name) }
            if values[name] != nil, !option.isRepeatable {
                throw .usage("\(name) is there twice.", of: command)
            }
            let hasValue = name.utf8.count < argument.utf8.count
            let inline = hasValue ? String(argument.utf8.dropFirst(name.utf8.count + 1)) ?? "" : nil
            values[name, default: []].append(try Self.value(of: option, inline, &remaining, command))
        }
    }

    func has(_ option: OptionDescription) -> Bool { values[option.name] != nil }

    /// The value of an option that appears at most once.
    subscript(option: OptionDescription) -> String? { values[option.name]?.first }

    func all(_ option: OptionDescription) -> [String] { values[option.name] ?? [] }

    /// Whether the argument looks like an option, known or not.
    static func isOption(_ argument: String) -> Bool {
        argument.utf8.first == UInt8(ascii: "-") && argument.utf8.count > 1
            && !name(of: argument).unicodeScalars.contains(where: \.properties.isWhitespace)
    }

    /// The part before the equals sign.
    static func name(of argument: String) -> String {
        String(argument.utf8.prefix { $0 != UInt8(ascii: "=") }) ?? argument
    }

    private static func value(
        of option: OptionDescription, _ inline: String?, _ remaining: inout ArraySlice<String>,
        _ command: any Command.Type
    ) throws(Failure) -> String {
        guard option.value != nil else {
            if inline != nil { throw .usage("\(option.name) takes no value.", of: command) }
            return ""
        }
        if let inline { return inline }
        // An option of this command is not accepted as a value: the value was probably left out.
        if let next = remaining.first, next != "--",
            !command.description.options.contains(where: { $0.name == name(of: next) })
        {
            remaining.removeFirst()
            return next
        }
        throw .usage("\(option.name) needs a value.", of: command)
    }

    private func unknown(_ name: String) -> Failure {
        let text = "Text that begins with a dash stands after --."
        // A name that does not look like an option's may be the user's own text, so it is not repeated.
        guard name.hasPrefix("--"), Name.isName(name.dropFirst(2)) else {
            return .usage("An option is not known here. \(text)", of: command)
        }
        return .usage("btw \(command.description.name) has no option \(name). \(text)", of: command)
    }
}

/// Values that several commands read.
extension ParsedArguments {
    /// The single id that a command takes.
    func onlyID() throws(Failure) -> IDPrefix {
        guard words.count == 1, let id = words.first else {
            throw .usage("btw \(command.description.name) is about one entry, by its id.", of: command)
        }
        return try IDPrefix(parsing: id)
    }

    func refuseWords() throws(Failure) {
        if !words.isEmpty { throw .usage("btw \(command.description.name) takes no words.", of: command) }
    }

    /// The words without tags, and the tags.
    func wordsAndTags() throws(Failure) -> (words: [String], tags: [Text]) {
        var tags: [Text] = []
        for word in words where TagWords.isTag(word) { tags.append(try TagWords.tag(argument: word, of: command)) }
        return (words.filter { !TagWords.isTag($0) }, tags)
    }

    func day(_ option: OptionDescription) throws(Failure) -> CivilDate? {
        guard let typed = self[option] else { return nil }
        return try AtOption.day(typed, of: option.name, in: localTime, for: command)
    }

    /// Text for a field, checked by the field's type.
    func text(_ option: OptionDescription, for field: FieldName, of kind: Kind) throws(Failure) -> Text? {
        guard let typed = self[option] else { return nil }
        return try FieldReader(kind: kind, command: command).text(typed, for: field, from: option.name)
    }

    /// A whole number for a field.
    func integer(_ option: OptionDescription, for field: FieldName, of kind: Kind) throws(Failure) -> Int? {
        guard let typed = self[option] else { return nil }
        return try FieldReader(kind: kind, command: command).integer(typed, for: field, from: option.name)
    }

    /// The name of a device.
    func deviceName(_ option: OptionDescription) throws(Failure) -> String? {
        guard let name = self[option] else { return nil }
        guard !name.unicodeScalars.allSatisfy(\.properties.isWhitespace) else {
            throw .usage("A name has a letter at least.", of: command)
        }
        return name
    }
}

/// Whether a string looks like the name of a field or an option, so that a message may repeat it.
enum Name {
    static func isName(_ text: some StringProtocol) -> Bool {
        (1...24).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: "-")
            }
    }
}
