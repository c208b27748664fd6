extension Failure {
    static let nothingWritten = "Nothing was written."
    static let nothingChanged = "Nothing was changed."

    /// Invalid arguments of a command.
    package static func usage(_ what: String, of command: any Command.Type) -> Failure {
        usage(what, next: "btw \(command.description.name) --help")
    }

    package static func usage(_ what: String, next: String) -> Failure {
        Failure(.usage, code: "usage", "\(what) \(nothingWritten)", next: next)
    }

    /// Bytes that are not UTF-8: `what` names them, for example "An argument".
    package static func notUTF8(_ what: String, next: String) -> Failure {
        Failure(.usage, code: "not_utf8", "\(what) is not UTF-8. \(nothingWritten)", next: next)
    }

    /// Neither `--home` nor the environment gives the location of the journal.
    package static let noHome = Failure(
        .usage, code: "no_home", "No folder for the journal is known, since HOME is not set. \(nothingWritten)",
        next: "btw --home DIR status")

    /// The journal is complete, but the server misbehaves.
    static func alarms(_ server: String) -> Failure {
        Failure(
            .misbehaving, code: "held_back",
            "What is here is whole, safe and in view. What \(server) did was said above.",
            next: SyncText.help(server))
    }

    /// Changes of this device are missing here.
    static func missingChanges(_ count: Int, server: String?) -> Failure {
        let others = "put journal.db and journal.db-wal back, both from one copy. To go on without: btw doctor --yes"
        return Failure(
            .unusable, code: "missing", "\(HomeNotice.missing(count)) What is here is whole.",
            next: server == nil ? others : "btw sync, which brings back what was sent; or \(others)")
    }

    /// The home contains keys without their journal.
    static func keysAlone(_ home: String) -> Failure {
        Failure(
            .unusable, code: "missing", "\(HomeNotice.keysAlone(home)) \(nothingWritten)",
            next: "put journal.db back, with journal.db-wal; or go on with the join: btw join STRING")
    }

    /// No entry has an id with this prefix.
    package static let noSuchEntry = Failure(
        .notFound, code: "not_found", "No entry here has this id. \(nothingChanged)", next: "btw list")

    /// The entry was forgotten.
    package static let forgotten = Failure(
        .notFound, code: "forgotten",
        "forgotten: this entry was removed for ever, on every device. All other entries are as they were.",
        next: "btw list")

    /// Several entries have ids with this prefix; the candidates are printed beside it.
    package static let ambiguousID = Failure(
        .undecided, code: "ambiguous", "More than one entry has an id that begins so. \(nothingChanged)",
        next: "the same again, with more characters of the id")

    /// No device of the journal has an id with this prefix.
    package static let noSuchDevice = Failure(
        .notFound, code: "not_found", "No device of this journal has this id. \(nothingChanged)", next: "btw device")

    /// Several devices have ids with this prefix; the candidates are printed beside it.
    package static let ambiguousDevice = Failure(
        .undecided, code: "ambiguous", "More than one device has an id that begins so. \(nothingChanged)",
        next: "the same again, with more characters of the id")

    /// A question without a terminal to ask it on; `option` answers it.
    package static func needsAnswer(_ question: String, option: String) -> Failure {
        Failure(
            .undecided, code: "needs_answer", "\(question) There is no terminal to ask on. \(nothingChanged)",
            next: "the same again with \(option)")
    }

    /// The person answered no.
    package static let answeredNo = Failure(
        .undecided, code: "answered_no", "Stopped, as you said. \(nothingChanged)", next: "btw list")
}
