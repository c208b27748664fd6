/// The word to be completed on a command line, and the candidates for it.
///
/// Errors in the rest of the command line are ignored.
package struct CompletionRequest: Sendable {
    /// The candidates.
    package enum Place: Hashable, Sendable {
        case words([Proposal])
        /// Known only to the journal or the file system.
        case values(Completion)
    }

    /// A candidate for the whole word.
    package struct Proposal: Hashable, Sendable {
        package let word: String
        /// A short description on one line; may be empty.
        package let help: String

        package init(word: String, help: String) {
            self.word = word
            self.help = help
        }
    }

    package private(set) var place = Place.values(.nothing)
    /// The part of the word before ``typed``, which stays: `--about=`.
    package private(set) var prefix = ""
    package private(set) var typed = ""
    /// The value of `--home`.
    package private(set) var home: String?

    private var command: (any Command.Type)?
    private var options: [OptionDescription] { Globals.options + (command?.description.options ?? []) }

    /// - Parameters:
    ///   - words: those after `btw` as typed, the last being the one to complete.
    ///   - splitsEquals: whether the shell splits `--about=n3f0` into three words, as bash does.
    package init(_ words: [String], splitsEquals: Bool = false) {
        var words = splitsEquals ? Self.merged(words) : words
        let current = words.popLast() ?? ""
        var given: Set<String> = []
        var rest: [String] = []
        var pending: OptionDescription?
        typed = current
        for word in words {
            if let option = pending {
                if option == Globals.homeOption { home = Self.unquoted(word) }
                pending = nil
            } else if word == "--" {
                return
            } else if let option = option(named: ParsedArguments.name(of: word)) {
                given.insert(option.name)
                let value = Self.value(in: word)
                if option.value != nil, value == nil { pending = option }
                if option == Globals.homeOption, let value { home = Self.unquoted(value) }
            } else if command == nil {
                guard let command = Commands.named(word) else { return }
                self.command = command
            } else {
                rest.append(word)
            }
        }
        if let pending {
            place = .values(pending.completion)
        } else if ParsedArguments.isOption(current) || current == "-" {
            completeOption(current, given)
        } else if let command {
            place = Self.place(after: rest, in: command.description)
        } else {
            place = .words(Self.proposals(of: Commands.descriptions))
        }
        if case .words(let proposals) = place {
            place = .words(proposals.filter { $0.word.hasPrefix(typed) })
        }
    }

    private mutating func completeOption(_ current: String, _ given: Set<String>) {
        if let value = Self.value(in: current) {
            let name = ParsedArguments.name(of: current)
            guard let option = option(named: name), option.value != nil else { return }
            (prefix, typed, place) = (name + "=", value, .values(option.completion))
        } else {
            place = .words(
                options.filter { $0.isRepeatable || !given.contains($0.name) }.map {
                    Proposal(word: $0.name, help: $0.help)
                })
        }
    }

    private static func place(after words: [String], in command: CommandDescription) -> Place {
        if let choices = command.arguments.first?.choices, !choices.isEmpty {
            if words.isEmpty { return .words(choices.map { Proposal(word: $0.word, help: $0.help) }) }
            let choice = choices.first { [$0.word] == words }
            return .values(choice?.completion ?? .nothing)
        }
        guard let last = command.arguments.last else { return .values(.nothing) }
        if words.count < command.arguments.count {
            return .values(command.arguments[words.count].completion)
        }
        return .values(last.isRepeatable ? last.completion : .nothing)
    }

    static func proposals(of commands: [CommandDescription]) -> [Proposal] {
        commands.map { Proposal(word: $0.name, help: $0.summary) }
    }

    private func option(named name: String) -> OptionDescription? {
        options.first { $0.name == name }
    }

    private static func value(in word: String) -> String? {
        word.firstIndex(of: "=").map { String(word[word.index(after: $0)...]) }
    }

    private static func merged(_ words: [String]) -> [String] {
        var merged: [String] = []
        var joins = false
        for word in words {
            if let last = merged.last, word == "=" || joins {
                merged[merged.endIndex - 1] = last + word
                joins = word == "="
            } else {
                merged.append(word)
            }
        }
        return merged
    }

    /// Removes the quotes and backslashes that shells leave in a word.
    private static func unquoted(_ word: String) -> String {
        var unquoted = ""
        var isEscaped = false
        for character in word {
            if isEscaped || !"\\\"'".contains(character) { unquoted.append(character) }
            isEscaped = character == "\\" && !isEscaped
        }
        return unquoted
    }
}
