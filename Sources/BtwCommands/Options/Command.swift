package import Causality
package import Records

/// A command with typed values: what is left is to do it.
package enum Command: Hashable, Sendable {
    /// `btw` alone.
    case home
    case note(NewNote)
    case mood(NewMood)
    case homework(NewHomework)
    case session(NewSession)
    case done(DoneRequest)
    case list(ListRequest)
    case show(IDPrefix, withClock: Bool)
    case find(String)
    case edit(EditRequest)
    case remove(IDPrefix)
    case restore(IDPrefix)
    case forget(IDPrefix)
    case history(IDPrefix)
    /// This edit, or the last of this device.
    case undo(Dot?)
    case changes(since: CivilDate?)
    case quarantine(QuarantineRequest)
    case importing(ImportRequest)
    case export
    /// `btw connect` and `btw join`: the string says which is meant.
    case join(JoinRequest)
    case recover(RecoverRequest)
    case disconnect
    case device(DeviceRequest)
    /// Print a new recovery key.
    case newRecoveryKey
    /// Without a server there is nothing to do: print ``keptHere``, exit 0.
    case sync(watches: Bool)
    case status
    case doctor

    /// What `btw sync` says on a device that is connected to no server.
    package static let keptHere = "Kept on this device only. To sync: btw connect"

    /// What a command says that had nothing to write; exit 0.
    package static let nothingWritten = "Nothing written."

    /// Reads what was typed. Look at ``Globals/wantsHelp`` and ``Globals/wantsVersion`` first.
    ///
    /// - Throws: ``Failure``: exit 2, or exit 1 where an id can be none.
    package init(_ invocation: Invocation, in localTime: LocalTime) throws(Failure) {
        guard let name = invocation.command else {
            self = .home
            return
        }
        let scanned = try OptionScanner(invocation.arguments, of: name)
        switch name {
        case .note: self = .note(try NewNote(scanned, in: localTime))
        case .mood: self = .mood(try NewMood(scanned, in: localTime))
        case .hw: self = .homework(try NewHomework(scanned, in: localTime))
        case .session: self = .session(try NewSession(scanned, in: localTime))
        case .done: self = .done(try DoneRequest(scanned))
        case .list: self = .list(try ListRequest(scanned, in: localTime))
        case .show: self = .show(try scanned.onlyID(), withClock: scanned.has("--clock"))
        case .find: self = .find(try Self.words(scanned))
        case .edit: self = .edit(try EditRequest(scanned))
        case .rm: self = .remove(try scanned.onlyID())
        case .restore: self = .restore(try scanned.onlyID())
        case .forget: self = .forget(try scanned.onlyID())
        case .history: self = .history(try scanned.onlyID())
        case .undo: self = .undo(try Self.edit(scanned))
        case .changes: self = .changes(since: try Self.since(scanned, localTime))
        case .quarantine: self = .quarantine(try QuarantineRequest(scanned))
        case .import: self = .importing(try ImportRequest(scanned))
        case .export:
            guard scanned.has("--jsonl") else { throw .usage("An export needs its form.", next: "btw export --jsonl") }
            try scanned.refuseWords()
            self = .export
        case .sync:
            try scanned.refuseWords()
            self = .sync(watches: scanned.has("--watch"))
        case .status:
            try scanned.refuseWords()
            self = .status
        case .doctor:
            try scanned.refuseWords()
            self = .doctor
        case .connect, .join: self = .join(try JoinRequest(scanned))
        case .recover: self = .recover(try RecoverRequest(scanned))
        case .disconnect:
            try scanned.refuseWords()
            self = .disconnect
        case .device: self = .device(try DeviceRequest(scanned))
        case .recovery:
            guard scanned.words == ["new"] else {
                throw .usage("All there is to do with recovery keys is to make one.", next: "btw recovery new")
            }
            self = .newRecoveryKey
        }
    }

    private static func words(_ scanned: OptionScanner) throws(Failure) -> String {
        let words = scanned.words.joined(separator: " ")
        if words.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            throw .usage("Name the words to find.", next: "btw find WORDS")
        }
        return words
    }

    private static func edit(_ scanned: OptionScanner) throws(Failure) -> Dot? {
        guard let typed = scanned.words.first else { return nil }
        guard scanned.words.count == 1, let dot = Dot(TypedText.plain(typed)) else {
            throw .usage("An edit is named as btw history prints it: sixteen digits, a colon, a number.", of: .undo)
        }
        return dot
    }

    private static func since(_ scanned: OptionScanner, _ localTime: LocalTime) throws(Failure) -> CivilDate? {
        try scanned.refuseWords()
        guard let typed = scanned["--since"] else { return nil }
        return try AtOption.day(typed, of: "--since", in: localTime, for: .changes)
    }
}
