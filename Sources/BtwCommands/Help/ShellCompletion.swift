import Between
import Causality
import Records

/// Answers `btw ---complete SHELL TYPE WORD…`; see ``CompletionScript``.
///
/// It creates and changes no home, and prints nothing on stderr, since the user is typing.
enum ShellCompletion {
    /// The first argument of a completion call.
    static let word = "---complete"

    /// How many ids are proposed.
    static let proposalsMax = 50
    /// How many ids with one prefix are examined, including those of other kinds.
    private static let idsMax = 500
    /// The width of the help beside a candidate, in columns.
    private static let helpColumns = 50

    /// - Parameter arguments: the shell, the completion type (bash's `COMP_TYPE`), and the words after `btw`.
    static func answer(_ arguments: ArraySlice<[UInt8]>, _ console: Console) async {
        let words = arguments.map { String(validating: $0, as: UTF8.self) }
        guard words.count >= 2, let name = words[0], let shell = CompletionScript.Shell(rawValue: name),
            let type = words[1]
        else { return }
        let typed = words.dropFirst(2).compactMap { $0 }
        guard typed.count == words.count - 2 else { return }
        let request = CompletionRequest(typed, splitsEquals: shell == .bash)
        switch request.place {
        case .values(.file): console.print(CompletionScript.files)
        case .values(.folder): console.print(CompletionScript.folders)
        case .words(let proposals):
            for line in shell.lines(proposals, request.prefix, type: type) { console.print(line) }
        case .values(let completion):
            let proposals = (try? await proposals(completion, request, console)) ?? []
            for line in shell.lines(proposals, request.prefix, type: type) { console.print(line) }
        }
        try? console.flush()
    }

    private static func proposals(
        _ completion: Completion, _ request: CompletionRequest, _ console: Console
    ) async throws -> [CompletionRequest.Proposal] {
        switch completion {
        case .nothing, .file, .folder: return []
        case .words(let words):
            return words.filter { $0.hasPrefix(request.typed) }.map { .init(word: $0, help: "") }
        case .command:
            let groups = CommandGroup.allCases.map {
                CompletionRequest.Proposal(word: $0.rawValue, help: $0.summary)
            }
            return (CompletionRequest.proposals(of: Commands.descriptions) + groups)
                .filter { $0.word.hasPrefix(request.typed) }
        case .entry, .trashed, .device, .quarantined: break
        }
        let (globals, _) = try Globals.hoist(
            from: request.home.map { [Globals.homeOption.name, $0] } ?? [],
            environment: console.environment,
            isMacOS: HomePath.isMacOS)
        guard let home = globals.home, let journal = try Journal.openToLook(at: home)?.personal else { return [] }
        let context = try Btw.context(console, globals, .signs)
        switch completion {
        case .entry(let kind):
            return try await entries(kind, isTrashed: false, request.typed, journal, context)
        case .trashed: return try await entries(nil, isTrashed: true, request.typed, journal, context)
        case .device: return try await devices(request.typed, journal)
        case .quarantined:
            return try await journal.quarantined().map { edit in
                .init(word: edit.id.description, help: QuarantineLine(edit).text(context.style))
            }.filter { $0.word.hasPrefix(request.typed) }
        default: return []
        }
    }

    /// Ids with the first words of entries: the newest, or those with the typed prefix.
    private static func entries(
        _ kind: Kind?, isTrashed: Bool, _ typed: String, _ journal: JournalSpace, _ context: CommandContext
    ) async throws -> [CompletionRequest.Proposal] {
        guard let beginning = IDPrefix(beginning: typed) else { return [] }
        var proposals: [CompletionRequest.Proposal] = []
        for entry in try await candidates(kind, isTrashed: isTrashed, beginning, typed, journal) {
            guard kind == nil || entry.kind == kind, entry.isTrashed == isTrashed,
                beginning.matches(entry.kind)
            else {
                continue
            }
            let short = try await context.shortID(entry.id, entry.kind, journal)
            let letter = beginning.letter == nil && !typed.isEmpty ? "" : String(entry.kind.letter)
            let length = max(short.count - 1, typed.count - letter.count)
            let help = try await context.entryLine(entry, journal).content
            proposals.append(
                .init(
                    word: letter + entry.id.description.prefix(length),
                    help: Columns.cut(help[...], to: helpColumns)))
            if proposals.count == proposalsMax { break }
        }
        return proposals
    }

    private static func candidates(
        _ kind: Kind?, isTrashed: Bool, _ beginning: IDPrefix, _ typed: String, _ journal: JournalSpace
    ) async throws -> [Entry] {
        let digits = typed.count - (beginning.letter == nil ? 0 : 1)
        guard digits > 0 else {
            var query = EntryQuery()
            query.kind = kind ?? Kind.known.first { $0.letter == beginning.letter }
            query.isTrashed = isTrashed
            query.limit = proposalsMax
            return try await journal.entries(query)
        }
        var entries: [Entry] = []
        for id in try await journal.ids(in: beginning.range, limit: idsMax) {
            if let entry = try? await journal.entry(id) { entries.append(entry) }
        }
        return entries
    }

    private static func devices(_ typed: String, _ journal: JournalSpace) async throws
        -> [CompletionRequest.Proposal]
    {
        let devices = try await journal.devices()
        return devices.filter { !$0.isThis && $0.id.description.hasPrefix(typed.lowercased()) }.map {
            device in
            let short = DevicePrefix.shortest(of: device.id, among: devices.map(\.id))
            return .init(
                word: String(device.id.description.prefix(max(short.count, typed.count))),
                help: device.name ?? "no name")
        }
    }
}

extension CompletionScript.Shell {
    /// The candidates in the format that the shell's script reads.
    ///
    /// - Parameters:
    ///   - prefix: the part before in the same word; for bash, the part after an equals sign is a word of its own.
    ///   - type: bash's `COMP_TYPE`: 33, 63 and 64 only list candidates, and insert none of them.
    func lines(_ proposals: [CompletionRequest.Proposal], _ prefix: String, type: String) -> [String] {
        proposals.map { proposal in
            let help = TerminalEscaping.line(proposal.help)
            switch self {
            case .bash:
                let isShown = ["33", "63", "64"].contains(type) && proposals.count > 1 && !help.isEmpty
                return isShown ? "\(proposal.word)  (\(help))" : proposal.word
            case .zsh:
                let word = (prefix + proposal.word).replacing("\\", with: "\\\\").replacing(
                    ":", with: "\\:")
                return help.isEmpty ? word : "\(word):\(help)"
            case .fish:
                return help.isEmpty ? prefix + proposal.word : "\(prefix)\(proposal.word)\t\(help)"
            }
        }
    }
}
