package import CanonicalJSON
package import Records

/// `btw done ID [--outcome T] [--let-go]`.
package struct DoneRequest: Hashable, Sendable {
    package let id: IDPrefix
    package let outcome: Text?
    package let letsGo: Bool

    init(_ scanned: OptionScanner) throws(Failure) {
        id = try scanned.onlyID()
        let reader = FieldReader(kind: .homework, command: .done)
        outcome = try scanned["--outcome"].map { typed throws(Failure) in
            try reader.text(typed, for: "outcome", from: "--outcome")
        }
        letsGo = scanned.has("--let-go")
    }
}

/// `btw list [notes/moods/hw/sessions] …`.
package struct ListRequest: Hashable, Sendable {
    /// `nil` for all kinds, those among them that this version does not know.
    package let kind: Kind?
    /// The first day.
    package let from: CivilDate?
    /// The last day.
    package let to: CivilDate?
    package let tag: Text?
    /// What is in the trash, and nothing else.
    package let isTrash: Bool

    init(_ scanned: OptionScanner, in localTime: LocalTime) throws(Failure) {
        func day(_ option: String) throws(Failure) -> CivilDate? {
            guard let typed = scanned[option] else { return nil }
            return try AtOption.day(typed, of: option, in: localTime, for: .list)
        }
        switch scanned.words.count {
        case 0: kind = nil
        case 1:
            guard let spec = KindSpec.all.first(where: { $0.plural == scanned.words[0] }) else { throw Self.unknown }
            kind = spec.kind
        default: throw Self.unknown
        }
        from = try day("--from")
        to = try day("--to")
        tag = try scanned["--tag"].map { typed throws(Failure) in try TagWords.tag(argument: typed, of: .list) }
        isTrash = scanned.has("--trash")
    }

    private static var unknown: Failure {
        let nouns = KindSpec.all.map(\.plural)
        return .usage(
            "What can be listed: \(nouns.dropLast().joined(separator: ", ")) or \(nouns.last ?? "").",
            next: "btw list \(nouns[0])")
    }
}

/// `btw edit ID --set field=value …`, or `btw edit ID`.
package struct EditRequest: Hashable, Sendable {
    package let id: IDPrefix
    /// What to set; `nil` opens the body in the editor.
    package let assignments: FieldAssignments?

    /// One `--set` may be followed by several assignments, since a shell's history shows it so.
    init(_ scanned: OptionScanner) throws(Failure) {
        let sets = scanned.all("--set")
        let more = sets.isEmpty ? [] : scanned.words.filter { $0.contains("=") }
        let words = scanned.words.filter { !more.contains($0) }
        guard words.count == 1, let id = words.first else {
            throw .usage("An edit is of one entry; a value of several words stands in quotes.", of: .edit)
        }
        self.id = try IDPrefix(parsing: id)
        assignments = sets.isEmpty ? nil : try FieldAssignments(sets + more)
    }
}

/// `btw import jrnl FILE`, `btw import jsonl FILE`.
package struct ImportRequest: Hashable, Sendable {
    package enum Format: String, Hashable, Sendable { case jrnl, jsonl }

    package let format: Format
    /// The file; `-` is standard input.
    package let path: String
    package let isDryRun: Bool

    init(_ scanned: OptionScanner) throws(Failure) {
        guard scanned.words.count == 2, let format = Format(rawValue: scanned.words[0]), !scanned.words[1].isEmpty
        else {
            throw .usage("An import is of one file, from jrnl or jsonl.", next: "btw import jrnl FILE --dry-run")
        }
        self.format = format
        path = scanned.words[1]
        isDryRun = scanned.has("--dry-run")
    }
}

extension OptionScanner {
    /// The one id that a command is about.
    func onlyID() throws(Failure) -> IDPrefix {
        guard words.count == 1, let id = words.first else {
            throw .usage("btw \(command.rawValue) is about one entry, by its id.", of: command)
        }
        return try IDPrefix(parsing: id)
    }

    func refuseWords() throws(Failure) {
        if !words.isEmpty { throw .usage("btw \(command.rawValue) takes no words.", of: command) }
    }
}
